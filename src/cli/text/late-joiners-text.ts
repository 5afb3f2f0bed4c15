// What is said of a submission that also goes to nodes that appear later.
import type { LateJoinersView } from '../../contract/submission.ts';
import { formatTime } from './time.ts';

export function lateJoinersText({ groups, until }: LateJoinersView): string {
  return `also to nodes of ${groups.map((group) => `@${group}`).join(', ')} that appear until ${formatTime(until)}`;
}
