// The methods that a message names: what to do, and how to treat the answer.
import { allMethodNames, findMethod, methodEntry, methodNames, type MethodName } from '../model/method-name.ts';
import { isLaterMethod } from './field-names.ts';
import { quote, refuse, type Given } from './given-fields.ts';
import { nearestName } from '../base/nearest-name.ts';
import { readText } from './read-value.ts';

export interface NamedMethod {
  readonly name: MethodName;
  /** The name says that the message waits for no other (`REQnCliCommand`). */
  readonly unordered: boolean;
  /** The name as it was given. */
  readonly written: string;
  /** Of `own.NAME`: arguments that stand before those that are given. */
  readonly before?: readonly string[];
}

const ownPrefix = 'own.';

export function readMethod(given: Given): NamedMethod {
  const written = readText(given, 'method');
  if (written === undefined) {
    return refuse(given, 'method', { message: 'method is missing', hint: `one of: ${requestNames().join(', ')}` });
  }
  if (written.startsWith(ownPrefix))
    return { name: 'own', unordered: false, written, before: [written.slice(ownPrefix.length)] };
  const found = findMethod(written) ?? refuseMethod(given, 'method', written);
  if (!methodEntry(found.name).request) {
    const { reply } = methodEntry(found.name);
    return refuse(given, 'method', {
      message: `${quote(written)} ${reply ? 'can only be a replyMethod' : 'is sent by nodes, not by people'}`,
      hint: `one of: ${requestNames().join(', ')}`,
    });
  }
  return { ...found, written };
}

/**
 * How the answer is treated. Where nothing is said, the answer to a command goes to a file, as in the original; an event
 * there had no answer, so the end of one is only noted.
 */
export function readReplyMethod(given: Given, request: MethodName): MethodName {
  const written = readText(given, 'replyMethod');
  if (written === undefined) return methodEntry(request).type === 'Command' ? 'fileAppend' : 'none';
  const found = findMethod(written) ?? refuseMethod(given, 'replyMethod', written);
  if (!methodEntry(found.name).reply) {
    return refuse(given, 'replyMethod', {
      message: `${quote(written)} cannot be a replyMethod`,
      hint: `one of: ${namesFor('replyMethod').join(', ')}`,
    });
  }
  return found.name;
}

function requestNames(): readonly MethodName[] {
  return namesFor('method');
}

function namesFor(field: 'method' | 'replyMethod'): readonly MethodName[] {
  return methodNames.filter((name) => methodEntry(name)[field === 'method' ? 'request' : 'reply']);
}

function refuseMethod(given: Given, field: 'method' | 'replyMethod', written: string): never {
  if (isLaterMethod(written)) {
    return refuse(given, field, {
      message: `the method ${written} is not supported yet`,
      hint: `known: ${methodNames.join(', ')}`,
    });
  }
  const possible = namesFor(field);
  const fitting = allMethodNames().filter((name) => possible.some((one) => findMethod(name)?.name === one));
  const nearest = nearestName(written, fitting);
  return refuse(given, field, {
    message: `unknown method ${quote(written)}`,
    hint: nearest === undefined ? `one of: ${namesFor(field).join(', ')}` : `did you mean ${nearest}?`,
  });
}
