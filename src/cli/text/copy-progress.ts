// How far a copy is, as `copySrc` tells it and as people read it.
import * as v from 'valibot';
import { bytesText } from './bytes.ts';
import { formatSpan } from './time.ts';

/** As `copySrc` writes it (methods/copy/progress.ts). */
export const lineSchema = v.object({
  files: v.tuple([v.number(), v.number()]),
  bytes: v.tuple([v.number(), v.number()]),
  rate: v.number(),
  left: v.optional(v.number()),
  silent: v.optional(v.number()),
});
export type Line = v.InferOutput<typeof lineSchema>;

export function progressText(to: string, { files, bytes, rate, left, silent }: Line): string {
  const count = files[1] > 1 ? `${files[0]} of ${files[1]} files, ` : '';
  const amount = `${bytesText(bytes[0])} of ${bytesText(bytes[1])}`;
  if (silent !== undefined) return `${to}: ${count}${amount}, no answer for ${silent} s: it goes on when there is one`;
  const rest = left === undefined ? '' : `, ${formatSpan(left * 1000)} left`;
  return `${to}: ${count}${amount}, ${bytesText(rate)}/s${rest}`;
}
