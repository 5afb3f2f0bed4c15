// A submission that also goes to nodes that appear later, as it is kept: its messages as text, and the message of one node made of it.
import { atOnce } from '../base/turns.ts';
import type { LateJoinersView } from '../contract/submission.ts';
import type { NewMessage } from '../flow/new-message.ts';
import type { DraftDefaults } from '../intake/draft-message.ts';
import type { LateMessage } from '../intake/late-joiners.ts';
import { parsingOf, type Parsed } from '../intake/parse-message-file.ts';
import { StewardError } from '../model/error.ts';
import type { GroupName } from '../model/group.ts';
import type { Draft, MessageId } from '../model/message.ts';
import type { NodeName } from '../model/node-name.ts';
import type { StoreOp } from '../model/store-op.ts';
import type { StandingRow } from '../store/standing-rows.ts';

/** A message of the submission; `until`: node time. */
export interface Part extends Pick<LateMessage, 'groups'> {
  readonly part: number;
  readonly until: number;
}

/** Of all messages of one submission that also go to others. */
const maxContentsBytes = 1024 * 1024;

export function partsOf(text: string): readonly Part[] {
  return JSON.parse(text) as readonly Part[];
}

/** As text, by the number of the part. */
export function contentsOf({ late }: Parsed): string {
  return JSON.stringify(Object.fromEntries(late.map(({ part, content }) => [part, content])));
}

/** Throws `invalid-message`, `too-large` and `queue-full`, each with what to do. */
export function refuseLate(
  parsed: Parsed,
  at: { readonly node: NodeName; readonly central: NodeName; readonly open: number; readonly maxOpen: number },
): void {
  if (parsed.late.length === 0) return;
  if (at.node !== at.central)
    throw new StewardError('invalid-message', `only ${at.central} hears of every node that appears`, {
      hint: 'submit it there, or leave out lateJoiners',
    });
  if (Buffer.byteLength(contentsOf(parsed)) > maxContentsBytes)
    throw new StewardError('too-large', 'messages for nodes that appear later have more than 1 MiB together', {
      hint: 'submit them in several parts, and large data without lateJoiners',
    });
  if (at.open >= at.maxOpen)
    throw new StewardError('queue-full', `nothing was accepted: ${at.maxOpen} submissions wait for nodes that appear`, {
      hint: 'end some of them: "steward status --open" lists them, "steward cancel --submission ID" ends one',
    });
}

export interface Joiner {
  readonly node: NodeName;
  /** That it belongs to. */
  readonly groups: ReadonlySet<GroupName>;
  readonly contents: string;
}

export interface MadeOf {
  readonly part: number;
  readonly draft: Draft;
}

/** They expire when the others do. Throws `invalid-message` where this version does not take what an earlier one has taken. */
export function makeFor(
  parts: readonly Part[],
  of: { readonly to: Joiner; readonly defaults: DraftDefaults; readonly now: number },
): readonly MadeOf[] {
  const { to, now } = of;
  if (to.contents === '') return [];
  const contents = JSON.parse(to.contents) as Readonly<Record<string, LateMessage['content']>>;
  const membersOf = (group: GroupName): readonly NodeName[] => (to.groups.has(group) ? [to.node] : []);
  const defaults = { ...of.defaults, membersOf };
  return parts.flatMap(({ part, until }) => {
    const { drafts } = atOnce(parsingOf(JSON.stringify(contents[part]), { defaults }));
    return drafts.map(({ message, body }) => {
      return { part, draft: { message: { ...message, expiresMs: Math.min(message.expiresMs, until - now) }, body } };
    });
  });
}

/** What is still open of it; all of it where nothing is. `wallOf`: of a node time. */
export function standingView(
  { parts, until, isOpen }: StandingRow,
  { now, wallOf }: { readonly now: number; readonly wallOf: (nodeTime: number) => number },
): LateJoinersView & { readonly open: boolean } {
  const all = partsOf(parts);
  const open = isOpen ? all.filter((part) => part.until > now) : [];
  const shown = open.length > 0 ? open : all;
  const groups = [...new Set(shown.flatMap((part) => part.groups))];
  return { groups, until: wallOf(until), open: open.length > 0 };
}

export function lastOf(parts: readonly Part[]): number {
  return Math.max(...parts.map(({ until }) => until));
}

export function joinedOp(
  standing: MessageId,
  { message, part }: { readonly message: NewMessage['message']; readonly part: number },
): StoreOp {
  return { op: 'joined', standing, node: message.to, part, id: message.id };
}
