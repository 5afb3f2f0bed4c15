// What the simulator prints.
import { faultKinds } from '../faults.ts';
import type { Options } from '../options.ts';
import type { Catch } from '../planted/run-planted.ts';
import type { SeedResult } from '../run-seed.ts';
import { crashesOf, packetFaultsOf, type Figures } from './figures.ts';

const dayMs = 86_400_000;

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function progressLine(figures: Figures, how: { readonly seeds: number; readonly elapsedMs: number }): string {
  const share = how.seeds < 2 ** 31 ? `/${count(how.seeds)}` : '';
  const rate = (figures.seeds / how.elapsedMs) * 1000;
  return `${count(figures.seeds)}${share} seeds, ${rate.toFixed(1)}/s, ${count(figures.messages)} messages, ${count(crashesOf(figures))} crashes, ${count(packetFaultsOf(figures))} frame faults, ${count(figures.simulatedMs / dayMs)} simulated days`;
}

export function figuresText(figures: Figures, elapsedMs: number): string {
  const rows = faultKinds.map((kind) => {
    const share = `${((figures.seedsWith[kind] / figures.seeds) * 100).toFixed(1)} %`;
    return `  ${kind.padEnd(14)}${count(figures.faults[kind]).padStart(12)}  in ${share.padStart(7)} of the seeds`;
  });
  return `${rows.join('\n')}

  seeds          ${count(figures.seeds)} in ${(elapsedMs / 1000).toFixed(1)} s: ${((figures.seeds / elapsedMs) * 1000).toFixed(1)} a second
  nodes          ${(figures.nodes / figures.seeds).toFixed(2)} in the mean, ${figures.mostNodes} at most
  messages       ${count(figures.messages)}, and their replies
  crashes        ${count(crashesOf(figures))}
  frame faults   ${count(packetFaultsOf(figures))} of ${count(figures.packets)} frames
  simulated      ${count(figures.simulatedMs / dayMs)} days; at rest at most ${count(figures.longestRestMs / 60_000)} minutes after the last fault
`;
}

/** The failure, and the one command that replays it. */
export function failureText(result: SeedResult, options: Pick<Options, 'nodes' | 'only'>): string {
  const lines = result.violations.map(
    ({ invariant, text, at, id }) =>
      `${invariant}: ${id === '' ? '' : `message ${id}, `}${text}, after ${(at / 1000).toFixed(3)} simulated seconds`,
  );
  const nodes = options.nodes === undefined ? '' : ` --nodes ${options.nodes}`;
  const only = (options.only ?? []).map((kind) => ` --only ${kind}`).join('');
  return `seed ${result.seed}:\n  ${lines.join('\n  ')}\n  npm run simulate -- --seed ${result.seed}${nodes}${only}\n`;
}

export function catchLine({ name, seeds, caughtBy, text }: Catch): string {
  return seeds === null
    ? `  ${name.padEnd(28)}NOT CAUGHT`
    : `  ${name.padEnd(28)}${(caughtBy ?? '').padEnd(5)}${count(seeds).padStart(6)}  ${(text ?? '').slice(0, 90)}`;
}
