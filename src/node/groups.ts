// Named groups of nodes: as their operator wrote them on the node that sends, in groups.toml in its folder of configuration, and as nodes
// say themselves that they belong to them (Groups in their configuration).
//
//   north = ["ship1", "ship2"]
//
// The file is read anew for every submission that names a group: a change needs no restart. A mistake in it refuses those submissions, and nothing else.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import * as v from 'valibot';
import type { Log } from '../base/log.ts';
import { nearestName } from '../base/nearest-name.ts';
import type { MembersOf } from '../intake/read-targets.ts';
import { describeError, StewardError } from '../model/error.ts';
import { everyNode, type GroupName } from '../model/group.ts';
import { isNodeName, type NodeName } from '../model/node-name.ts';

export const groupsFile = 'groups.toml';

const groupsSchema = v.record(v.string(), v.array(v.string()));

export interface GroupsParts {
  readonly configFolder: string;
  /** Every other node that was heard of, with the groups that it belongs to. */
  readonly heardOf: () => readonly HeardOf[];
  readonly warn?: Log['warn'];
}

export interface HeardOf {
  readonly name: NodeName;
  readonly groups: readonly GroupName[];
}

/** Answers the members of a group, in their order, each once. Throws `invalid-message` for a group that there is not, and for a file with a mistake. */
export function openGroups({ configFolder, heardOf }: GroupsParts): MembersOf {
  const path = join(configFolder, groupsFile);
  let known: Readonly<Record<string, readonly NodeName[]>> | undefined;
  let heard: readonly HeardOf[] | undefined;
  return (group, mayBeEmpty) => {
    heard ??= heardOf();
    if (group === everyNode) return heard.map(({ name }) => name);
    known ??= readGroups(path);
    const written = Object.hasOwn(known, group) ? known[group] : undefined;
    const members = heard.flatMap(({ name, groups }) => (groups.includes(group) ? [name] : []));
    if (written !== undefined || members.length > 0 || mayBeEmpty)
      return [...new Set([...(written ?? []), ...members])];
    const names = [everyNode, ...Object.keys(known), ...new Set(heard.flatMap(({ groups }) => groups))];
    const nearest = nearestName(group, names);
    throw mistake(`there is no group "${group.slice(0, 100)}"`, {
      hint: `${nearest === undefined ? '' : `did you mean @${nearest}? `}groups are written in ${path}: ${group} = ["ship1"], and a node may be started with --groups ${group}`,
    });
  };
}

/** The same for whoever looks often: the file is read again when it has changed. */
export class WrittenGroups {
  private readonly parts: GroupsParts;
  private readonly path: string;
  private written: Readonly<Record<GroupName, readonly NodeName[]>> = {};
  private mark: string | undefined;
  private reads = 0;

  constructor(parts: GroupsParts) {
    this.parts = parts;
    this.path = join(parts.configFolder, groupsFile);
  }

  /** Grows whenever the file is another one. */
  get version(): number {
    return this.reads;
  }

  /** Looks whether the file has changed. What cannot be read leaves all as it was, and is said once. */
  refresh(): void {
    const mark = markOf(this.path);
    if (mark === this.mark) return;
    this.mark = mark;
    try {
      this.written = readGroups(this.path);
      this.reads += 1;
    } catch (error) {
      this.parts.warn?.('the groups that are written are those of before', { error: describeError(error) });
    }
  }

  /** All nodes of these groups, each once. */
  members(groups: readonly GroupName[]): readonly NodeName[] {
    const heard = this.parts.heardOf();
    if (groups.includes(everyNode)) return heard.map(({ name }) => name);
    const written = groups.flatMap((group) => (Object.hasOwn(this.written, group) ? (this.written[group] ?? []) : []));
    const told = heard.filter((node) => node.groups.some((group) => groups.includes(group)));
    return [...new Set([...written, ...told.map(({ name }) => name)])];
  }

  /** `told`: what the node says itself; undefined where it was not heard of. */
  groupsOf(node: NodeName, told: readonly GroupName[] | undefined): readonly GroupName[] {
    const written = Object.keys(this.written).filter((group) => this.written[group]?.includes(node) === true);
    return [...written, ...(told === undefined ? [] : [...told, everyNode])];
  }
}

/** What changes when the file does. */
function markOf(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch (error) {
    return describeError(error);
  }
}

function readGroups(path: string): Readonly<Record<string, readonly NodeName[]>> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw mistake(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      hint: 'it holds the groups of nodes',
    });
  }
  const groups = v.safeParse(groupsSchema, parsed(text, path));
  const form = {
    hint: 'each of its lines names a group and its nodes: north = ["ship1", "ship2"]; groups hold no groups',
  };
  if (!groups.success) {
    const key = groups.issues[0].path?.[0]?.key;
    throw mistake(`${path}: ${typeof key === 'string' ? key : 'a group'} is no list of names of nodes`, form);
  }
  for (const [group, members] of Object.entries(groups.output)) {
    if (!isNodeName(group) || group === everyNode) throw mistake(`${path}: no group can be called "${group}"`, form);
    const wrong = members.find((name) => !isNodeName(name));
    if (wrong !== undefined) throw mistake(`${path}: "${wrong}" in ${group} cannot be the name of a node`, form);
  }
  return groups.output;
}

function parsed(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what = ''] = error.message.replace('Invalid TOML document: ', '').split('\n');
    throw mistake(`${path}, line ${error.line}, column ${error.column}: ${what}`, {
      hint: 'each of its lines names a group: north = ["ship1", "ship2"]',
    });
  }
}

function mistake(message: string, { hint }: { readonly hint: string }): StewardError {
  return new StewardError('invalid-message', message, { hint });
}
