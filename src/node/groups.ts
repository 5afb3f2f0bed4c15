// Named groups of nodes, as their operator wrote them on the node that sends: groups.toml in its folder of configuration.
//
//   north = ["ship1", "ship2"]
//
// Read anew for every submission that names a group: a change needs no restart. A mistake in it refuses those submissions, and nothing else.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import * as v from 'valibot';
import { nearestName } from '../base/nearest-name.ts';
import { StewardError } from '../model/error.ts';
import { isNodeName, type NodeName } from '../model/node-name.ts';

export const groupsFile = 'groups.toml';
/** The group of every node that this one has heard of. It is not written, and cannot be. */
export const everyNode = 'all';

const groupsSchema = v.record(v.string(), v.array(v.string()));

export interface GroupsParts {
  readonly configFolder: string;
  readonly heardOf: () => readonly NodeName[];
}

/** Answers the members of a group, in their order, each once. Throws `invalid-message` for a group that there is not, and for a file with a mistake. */
export function openGroups({ configFolder, heardOf }: GroupsParts): (group: string) => readonly NodeName[] {
  const path = join(configFolder, groupsFile);
  let known: Readonly<Record<string, readonly NodeName[]>> | undefined;
  let every: readonly NodeName[] | undefined;
  return (group) => {
    if (group === everyNode) return (every ??= heardOf());
    known ??= readGroups(path);
    const members = Object.hasOwn(known, group) ? known[group] : undefined;
    if (members !== undefined) return [...new Set(members)];
    const names = [everyNode, ...Object.keys(known)];
    const nearest = nearestName(group, names);
    throw mistake(`there is no group "${group.slice(0, 100)}"`, {
      hint: `${nearest === undefined ? '' : `did you mean @${nearest}? `}groups are written in ${path}: ${group} = ["ship1"]`,
    });
  };
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
