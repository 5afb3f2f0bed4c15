// A hello: "I am here". A hint about where to send; it never changes what is known of a message.
import { invalid, type FrameContent } from './frame.ts';
import { fields, list, node, text, token, type Fields } from './field.ts';
import { maxGroupCharacters, maxGroups, type GroupName } from '../model/group.ts';
import type { NodeName } from '../model/node-name.ts';

export interface Hello {
  readonly from: NodeName;
  readonly incarnation: string;
  readonly boot: string;
  /** The version of the software. */
  readonly version: string;
  /** The groups that it belongs to; absent: none. */
  readonly groups?: readonly GroupName[];
}

export function helloFrame(hello: Hello): FrameContent {
  return {
    type: 'hello',
    head: JSON.stringify({
      f: hello.from,
      i: hello.incarnation,
      b: hello.boot,
      w: hello.version,
      ...(hello.groups === undefined || hello.groups.length === 0 ? {} : { g: hello.groups }),
    }),
  };
}

export function readHello(value: unknown): Hello {
  const head = fields(value);
  return {
    from: node(head, 'f'),
    incarnation: token(head, 'i'),
    boot: token(head, 'b'),
    version: text(head, 'w', 64),
    ...(head['g'] === undefined ? {} : { groups: readGroups(head) }),
  };
}

function readGroups(head: Fields): readonly GroupName[] {
  const groups = list(head, 'g', maxGroups).map((name) => node({ name }, 'name'));
  if (groups.join('').length > maxGroupCharacters) throw invalid('the names of its groups are too long');
  return groups;
}
