// Who is subscribed to what: a tree of tokens, and the answers to the latest questions.
//
// From: router.ts. To: nobody.
//
// 1. A match is a snapshot: it does not change when subscriptions come and go while it is being used.
// 2. A branch without subscriptions is taken away: the tree is as large as what is subscribed.
// 3. At most maxRemembered answers of at most maxReceivers are remembered, and none across a change.
import { subjectTokens } from './subject.ts';

export interface Subscribed {
  readonly subject: string;
  /** Empty where every subscriber gets every message; otherwise one of the group gets it. */
  readonly queue: string;
}

export interface Match<S> {
  readonly plain: readonly S[];
  readonly groups: readonly (readonly S[])[];
}

interface Branch<S> {
  readonly children: Map<string, Branch<S>>;
  readonly plain: Set<S>;
  readonly groups: Map<string, Set<S>>;
}

const maxRemembered = 1024;
const maxReceivers = 64;

export class SubjectTree<S extends Subscribed> {
  readonly #root: Branch<S> = newBranch();
  readonly #remembered = new Map<string, Match<S>>();

  /** The subject must be subscribable. */
  insert(subscription: S): void {
    this.#remembered.clear();
    let branch = this.#root;
    for (const token of subscription.subject.split('.')) {
      let child = branch.children.get(token);
      if (child === undefined) branch.children.set(token, (child = newBranch()));
      branch = child;
    }
    if (subscription.queue === '') {
      branch.plain.add(subscription);
      return;
    }
    const group = branch.groups.get(subscription.queue) ?? new Set();
    branch.groups.set(subscription.queue, group.add(subscription));
  }

  remove(subscription: S): void {
    this.#remembered.clear();
    const path: { readonly parent: Branch<S>; readonly token: string }[] = [];
    let branch = this.#root;
    for (const token of subscription.subject.split('.')) {
      const child = branch.children.get(token);
      if (child === undefined) return;
      path.push({ parent: branch, token });
      branch = child;
    }
    branch.plain.delete(subscription);
    const group = branch.groups.get(subscription.queue);
    group?.delete(subscription);
    if (group?.size === 0) branch.groups.delete(subscription.queue);
    for (const { parent, token } of path.toReversed()) {
      const child = parent.children.get(token);
      if (child !== undefined && isEmpty(child)) parent.children.delete(token);
    }
  }

  match(subject: string): Match<S> {
    const remembered = this.#remembered.get(subject);
    if (remembered !== undefined) return remembered;
    const found: Found<S> = { plain: [], groups: new Map() };
    const tokens = subjectTokens(subject);
    if (tokens !== undefined) collect({ branch: this.#root, tokens, depth: 0, found });
    const match = { plain: found.plain, groups: [...found.groups.values()] };
    this.#remember(subject, match);
    return match;
  }

  #remember(subject: string, match: Match<S>): void {
    const receivers = match.groups.reduce((sum, group) => sum + group.length, match.plain.length);
    if (receivers > maxReceivers) return;
    if (this.#remembered.size >= maxRemembered) this.#remembered.clear();
    this.#remembered.set(subject, match);
  }
}

interface Found<S> {
  readonly plain: S[];
  /** By name of the queue: its members may have subscribed by different wildcards. */
  readonly groups: Map<string, S[]>;
}

interface Search<S> {
  readonly branch: Branch<S>;
  readonly tokens: readonly string[];
  readonly depth: number;
  readonly found: Found<S>;
}

/** Visits a branch at most once, however many wildcards there are: the work is bounded by the size of the tree. */
function collect<S>({ branch, tokens, depth, found }: Search<S>): void {
  const token = tokens[depth];
  if (token === undefined) {
    add(branch, found);
    return;
  }
  const rest = branch.children.get('>');
  if (rest !== undefined) add(rest, found);
  const any = branch.children.get('*');
  if (any !== undefined) collect({ branch: any, tokens, depth: depth + 1, found });
  // A published "*" or ">" is a token like any other: it meets the wildcards above and nothing else.
  const literal = token === '*' || token === '>' ? undefined : branch.children.get(token);
  if (literal !== undefined) collect({ branch: literal, tokens, depth: depth + 1, found });
}

function add<S>(branch: Branch<S>, found: Found<S>): void {
  for (const subscription of branch.plain) found.plain.push(subscription);
  for (const [queue, members] of branch.groups) {
    const group = found.groups.get(queue) ?? [];
    for (const member of members) group.push(member);
    found.groups.set(queue, group);
  }
}

function newBranch<S>(): Branch<S> {
  return { children: new Map(), plain: new Set(), groups: new Map() };
}

function isEmpty<S>(branch: Branch<S>): boolean {
  return branch.children.size === 0 && branch.plain.size === 0 && branch.groups.size === 0;
}
