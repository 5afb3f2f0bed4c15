// A message that also goes to nodes of its groups that appear later: as text, from which it is made again for each of them.
import { trySpanMs, type Draft } from '../model/message.ts';
import type { GroupName } from '../model/group.ts';
import { quote, refuse, valueOf, type Given } from './given-fields.ts';
import type { NamedMethod } from './read-method.ts';
import { readBoolean, readPath } from './read-value.ts';
import { writeData, writeMessage, type WrittenMessage } from './write-message.ts';

export interface LateMessage {
  readonly groups: readonly GroupName[];
  /** So long does it go to others, ms. */
  readonly spanMs: number;
  /** A message of a message file: what intake makes of it for a node is what it would have made for that node now. */
  readonly content: WrittenMessage;
}

/** Of one message. It is kept, and read again, whole. */
export const maxLateBytes = 256 * 1024;

export function readLateJoiners(given: Given): boolean {
  return readBoolean(given, 'lateJoiners') === true;
}

/** `model`: what it is for some node. */
export function lateMessage(
  given: Given,
  of: { readonly model: Draft; readonly method: NamedMethod | undefined; readonly groups: readonly GroupName[] },
): LateMessage {
  const { model, method, groups } = of;
  if (groups.length === 0)
    refuse(given, 'lateJoiners', {
      message: 'lateJoiners is for the nodes of a group, and none is named',
      hint: 'such as "toNode": "@all"',
    });
  const { message, body } = model;
  const { toNode: _model, fileName, ...rest } = writeMessage(message);
  const extension = readPath(given, 'fileExtension');
  // The name of its file may be that of its node.
  const isNamedAfterNode = extension !== '' && readPath(given, 'fileName') === '';
  const via = valueOf(given, 'via');
  const content = {
    ...rest,
    toNodes: groups.map((group) => `@${group}`),
    unordered: message.unordered,
    ...(via === undefined ? {} : { via }),
    ...(isNamedAfterNode
      ? { fileExtension: extension, ...(method === undefined ? {} : { method: method.written }) }
      : fileName === undefined
        ? {}
        : { fileName }),
    ...(body.length === 0 ? {} : { data: writeData(body) }),
    lateJoiners: true,
  };
  if (Buffer.byteLength(JSON.stringify(content)) > maxLateBytes)
    refuse(given, 'lateJoiners', {
      message: `a message for nodes that appear later has at most ${maxLateBytes / 1024} KiB, not so much as this one for ${quote(groups.join(', '))}`,
      hint: 'send large data without lateJoiners',
    });
  return { groups, spanMs: trySpanMs(message), content };
}
