// A submission that also goes to nodes that appear later, as it is kept: its messages as text, and the message of one node made of it.
import { atOnce } from '../base/turns.ts';
import type { LateJoinersView } from '../contract/submission.ts';
import type { NewMessage } from '../flow/new-message.ts';
import type { DraftDefaults } from '../intake/draft-message.ts';
import type { LateMessage } from '../intake/late-joiners.ts';
import { parsingOf } from '../intake/parse-message-file.ts';
import type { GroupName } from '../model/group.ts';
import type { Draft, MessageId } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import type { StoreOp } from '../model/store-op.ts';
import type { StandingRow } from '../store/standing-rows.ts';

/** A message of the submission as it is kept; `until`: node time. */
export interface Part extends Pick<LateMessage, 'groups' | 'content'> {
  readonly part: number;
  readonly until: number;
}

export interface Joiner {
  readonly node: NodeName;
  /** That it belongs to. */
  readonly groups: ReadonlySet<GroupName>;
}

export interface MadeOf {
  readonly part: number;
  readonly draft: Draft;
}

/** It expires when the others do. Throws `invalid-message` where this version does not take what an earlier one has taken. */
export function makeFor(
  { part, until, content }: Part,
  to: Joiner & { readonly defaults: DraftDefaults; readonly now: number },
): readonly MadeOf[] {
  const membersOf = (group: GroupName): readonly NodeName[] => (to.groups.has(group) ? [to.node] : []);
  const { drafts } = atOnce(parsingOf(JSON.stringify(content), { defaults: { ...to.defaults, membersOf } }));
  return drafts.map(({ message, body }) => {
    const expiresMs = Math.min(message.expiresMs, until - to.now);
    return { part, draft: { message: { ...message, expiresMs }, body } };
  });
}

/** `wallOf`: of a node time. */
export function standingView(
  { parts, until, isOpen }: StandingRow,
  wallOf: (nodeTime: number) => number,
): LateJoinersView & { readonly open: boolean } {
  const kept = JSON.parse(parts) as readonly Part[];
  return { groups: [...new Set(kept.flatMap(({ groups }) => groups))], until: wallOf(until), open: isOpen };
}

export function lastOf(parts: readonly Pick<Part, 'until'>[]): number {
  return Math.max(...parts.map(({ until }) => until));
}

export function joinedOp(
  standing: MessageId,
  { message, part }: { readonly message: NewMessage['message']; readonly part: number },
): StoreOp {
  return { op: 'joined', standing, node: message.to, part, id: message.id };
}
