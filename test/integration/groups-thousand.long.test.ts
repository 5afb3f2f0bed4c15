// One command to a thousand nodes, a hundred of them away: at every moment the counts are exact, and it is known who is missing.
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { SubmissionProgress } from '../../src/contract/submission.ts';
import { Fleet } from '../support/fleet.ts';
import { startLightNodes } from '../support/light-nodes.ts';
import { startTestNatsServer } from '../support/nats-server.ts';

const all = Array.from({ length: 1_000 }, (_none, number) => `ship${number}`);
const isAway = (name: string): boolean => name.endsWith('7');
const open = ['queued', 'carried', 'delivered', 'running'] as const;

const sum = (of: SubmissionProgress['counts'], states: readonly (keyof SubmissionProgress['counts'])[]): number =>
  states.reduce((total, state) => total + of[state], 0);

test('groups - of a thousand nodes, a hundred of them away, the counts are exact at every moment', async () => {
  const server = await startTestNatsServer();
  const fleet = await Fleet.open({ broker: server.url });
  const here = await startLightNodes(
    server.url,
    all.filter((name) => !isAway(name)),
  );
  let back: Awaited<ReturnType<typeof startLightNodes>> | undefined;
  try {
    const [central] = await fleet.up('central');
    writeFileSync(central.path('etc', 'groups.toml'), `fleet = ${JSON.stringify(all)}\n`);
    const sent = await central.steward('run', '--no-wait', '@fleet', '--', 'uptime');
    const ids = sent.out.trim().split('\n');
    expect(ids).toHaveLength(1_000);

    /** Looks as often as it can, until so many have ended. */
    const follow = async (until: number): Promise<readonly SubmissionProgress[]> => {
      const seen: SubmissionProgress[] = [];
      const end = Date.now() + 60_000;
      for (;;) {
        const now = await central.client.submissionOf(ids[0] ?? '');
        seen.push(now);
        if (now.counts.succeeded === until) return seen;
        if (Date.now() > end) throw new Error(`in vain: ${JSON.stringify(now.counts)}`);
      }
    };
    const check = (seen: readonly SubmissionProgress[]): void => {
      let before = 0;
      for (const { counts, missing, more } of seen) {
        expect(sum(counts, [...open, 'succeeded'])).toBe(1_000);
        expect(more).toBe(false);
        expect(missing).toHaveLength(sum(counts, open));
        for (const state of open) expect(missing.filter((view) => view.state === state)).toHaveLength(counts[state]);
        expect(counts.succeeded).toBeGreaterThanOrEqual(before);
        before = counts.succeeded;
      }
    };
    const first = await follow(900);
    check(first);
    // It has been seen on its way, not only at its end.
    expect(new Set(first.map(({ counts }) => counts.succeeded)).size).toBeGreaterThan(1);
    const missing = first.at(-1)?.missing.map(({ to }) => to);
    expect(missing).toEqual(all.filter(isAway));
    const text = (await central.steward('status', '--submission', ids[0] ?? '')).out;
    expect(text).toMatch(/queued +100\n/);
    expect(text).toMatch(/succeeded +900\n/);
    expect(text.match(/^ship\d*7 +queued +node offline/gm)).toHaveLength(100);

    back = await startLightNodes(server.url, all.filter(isAway).slice(0, 60));
    const second = await follow(960);
    check(second);
    expect(second.at(-1)?.missing.map(({ to }) => to)).toEqual(all.filter(isAway).slice(60));
    expect([...here.runs.values(), ...back.runs.values()].every((runs) => runs === 1)).toBe(true);
    expect(here.runs.size + back.runs.size).toBe(960);
  } finally {
    await here.close();
    await back?.close();
    await fleet.close();
    await server.close();
  }
}, 120_000);
