// What a copy says at its end: what was copied on standard output, what was not on standard error.
import type { CopyWish } from '../../model/copy-args.ts';
import type { OutputStream } from '../command/output.ts';
import type { Progress } from './progress.ts';

const mostTold = 100;

export function summaryOf(of: {
  readonly wish: CopyWish;
  readonly progress: Progress;
  readonly problems: readonly string[];
  readonly notes: ReadonlySet<string>;
}): readonly (readonly [OutputStream, string])[] {
  const { wish, progress, problems, notes } = of;
  const { files, allFiles, sentBytes, thereFiles } = progress;
  const there = thereFiles === 0 ? '' : `, ${thereFiles} of them were there`;
  const done = `copied ${files} of ${allFiles} to ${wish.to}:${wish.target}, ${sentBytes} bytes sent${there}\n`;
  const told = problems.slice(0, mostTold).map((problem) => `not copied: ${problem}\n`);
  const more = problems.length > mostTold ? [`and ${problems.length - mostTold} more\n`] : [];
  const errors = [...told, ...more, ...[...notes].map((note) => `note: ${note}\n`)].join('');
  return [['stdout', done], ...(errors === '' ? [] : [['stderr', errors] as const])];
}
