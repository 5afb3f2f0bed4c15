// What a message asks of a method in its arguments is read where it is taken in, so that a mistake is told with its place and nothing is sent.
import { readCopyArgs } from '../model/copy-args.ts';
import { readHttpGetArgs } from '../model/http-get-args.ts';
import type { MethodName } from '../model/method-name.ts';
import { readSyslogArgs } from '../model/syslog-args.ts';
import { readTailArgs } from '../model/tail-args.ts';
import { refuse, type Given, type Refusal } from './given-fields.ts';

type Reader = (args: readonly string[]) => object | { readonly problem: Refusal };

const readers: Readonly<Partial<Record<MethodName, Reader>>> = {
  copySrc: readCopyArgs,
  httpGet: readHttpGetArgs,
  tailFile: readTailArgs,
  syslog: readSyslogArgs,
};

/** Throws `invalid-message` at the argument. */
export function refuseWrongArgs(
  given: Given,
  { method, field, args }: { method: MethodName; field: 'methodArgs' | 'data'; args: readonly string[] },
): void {
  const reading = readers[method]?.(args);
  if (reading !== undefined && 'problem' in reading) refuse(given, field, reading.problem);
}
