// What a message asks of a method in its arguments is read where it is taken in, so that a mistake is told with its place and nothing is sent.
import { readCopyArgs } from '../model/copy-args.ts';
import { readHttpGetArgs } from '../model/http-get-args.ts';
import { readHttpPostArgs } from '../model/http-post-args.ts';
import type { MethodName } from '../model/method-name.ts';
import type { NodeName } from '../model/node-name.ts';
import { checkOwnArgs, namedOwn, refuseOwnName, type OwnDescription, type OwnMethod } from '../model/own-method.ts';
import { readSyslogArgs } from '../model/syslog-args.ts';
import { readTailArgs } from '../model/tail-args.ts';
import { quote, refuse, type Given, type Refusal } from './given-fields.ts';

type Reader = (args: readonly string[]) => object | { readonly problem: Refusal };

const readers: Readonly<Partial<Record<MethodName, Reader>>> = {
  copySrc: readCopyArgs,
  httpGet: readHttpGetArgs,
  httpPost: readHttpPostArgs,
  own: readOwnArgs,
  tailFile: readTailArgs,
  syslog: readSyslogArgs,
};

/** Throws `invalid-message` at the argument. */
export function refuseWrongArgs(
  given: Given,
  of: {
    method: MethodName;
    field: 'methodArgs' | 'replyMethodArgs' | 'data';
    args: readonly string[];
    before?: number;
  },
): void {
  const { method, field, args, before = 0 } = of;
  const reading = readers[method]?.(args);
  if (reading === undefined || !('problem' in reading)) return;
  const { element, ...words } = reading.problem;
  if (element !== undefined && element < before) refuse(given, 'method', words);
  refuse(given, field, element === undefined ? words : { ...words, element: element - before });
}

function readOwnArgs([name]: readonly string[]): object | { readonly problem: Refusal } {
  if (name === undefined) return {};
  const why = refuseOwnName(name);
  const hint = 'the name of a program in the folder of methods of its node, without its ending';
  return why === undefined ? {} : { problem: { message: `${quote(name)} is no own method: ${why}`, hint, element: 0 } };
}

/** What its node has told of an own method, and throws `invalid-message` where the arguments are others. */
export function checkOwn(
  given: Given,
  of: {
    readonly args: readonly string[];
    readonly before: number;
    readonly told: readonly OwnMethod[];
    readonly to: NodeName;
  },
): OwnDescription | undefined {
  const {
    args: [name, ...args],
    before,
    told,
    to,
  } = of;
  const [{ description } = {}] = namedOwn(told, name ?? '');
  const wrong = checkOwnArgs(description, args);
  if (wrong !== undefined)
    refuse(given, 'methodArgs', {
      message: `${name} of ${to}: ${wrong.message}`,
      hint: `${wrong.hint}; that is what ${to} told: "steward methods ${to}" asks it anew, and "steward methods ${to} --forget" lets it decide`,
      ...(wrong.element === undefined ? {} : { element: wrong.element + 1 - before }),
    });
  return description;
}
