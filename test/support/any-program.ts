// Requests with real, harmless programs and whatever arguments: programs that write to their outputs alone, and read what they are given.
//
// No drawn text is read by a shell: scripts are fixed, and what is drawn is an argument or a variable of theirs.
import * as fc from 'fast-check';
import type { CommandSettings, Message } from '../../src/model/message.ts';
import type { MethodName } from '../../src/model/method-name.ts';
import { anyText } from './any-args.ts';

/** Of these none writes a file, or starts a program, whatever its arguments are. */
const harmless = ['true', 'false', 'echo', 'printf', 'cat', 'head', 'wc', 'test', 'sleep', 'seq'] as const;
/** A number with these could be a very long time, or a very long list. */
const bounded: ReadonlySet<string> = new Set(['sleep', 'seq']);

const argument = anyText.map((text) => text.slice(0, 20_000));
const path = fc.constantFrom('log', 'log.1', 'missing', 'folder', 'empty', '.', '/dev/null', '/proc/self/environ');
const program = fc.oneof(
  fc.tuple(fc.constantFrom(...harmless.filter((name) => !bounded.has(name))), fc.array(argument, { maxLength: 4 })),
  fc.tuple(fc.constantFrom('cat', 'head', 'wc', 'sort'), fc.array(path, { maxLength: 3 })),
  fc.tuple(fc.constant('sleep'), fc.constantFrom<string[]>(['0'], [], ['x'], ['0', '0'])),
  fc.tuple(fc.constant('seq'), fc.array(fc.nat(3_000).map(String), { maxLength: 2 })),
  fc.tuple(fc.constant('env'), fc.constantFrom<string[]>([], ['A=b'], ['-0'])),
  fc.tuple(
    fc.constant('sh'),
    fc.nat(300).map((code) => ['-c', 'exit "$1"', 'sh', String(code)]),
  ),
  fc.tuple(
    fc.constant('sh'),
    argument.map((text) => ['-c', 'printf %s "$1"; printf %s "$1" >&2; cat', 'sh', text]),
  ),
  fc.tuple(
    fc.constantFrom('', 'no-such-program', './folder', './log', '/', '\0', '..', '\ud800'),
    fc.array(argument, { maxLength: 2 }),
  ),
  fc.tuple(
    fc.constant('echo'),
    fc.nat(3_000).map((count) => Array<string>(count).fill('x'.repeat(99))),
  ),
);
const line = program.map(([name, args]): readonly string[] => [name, ...args]);

const anySettings: fc.Arbitrary<CommandSettings> = fc.record(
  {
    cwd: fc.oneof(path, argument),
    env: fc.dictionary(
      fc.constantFrom('A', '_x', 'LC_ALL'),
      argument.map((text) => text.replaceAll('\0', '')),
      { maxKeys: 3 },
    ),
    user: fc.constantFrom(
      '0',
      'root',
      'nobody',
      '',
      '\0',
      '-sfiles',
      '--',
      '999999',
      'no such user',
      '\ud800',
      ':',
      '\n',
    ),
    onlyIf: fc.oneof(fc.constant<readonly string[]>([]), line),
  },
  { requiredKeys: [] },
);
/** One in eight is refused for sure, so that every run of this many cases sees it. */
const settings = fc.oneof(
  { weight: 7, arbitrary: anySettings },
  { weight: 1, arbitrary: fc.constant<CommandSettings>({ onlyIf: ['false'] }) },
);

const tail = fc
  .tuple(path, fc.constantFrom('from=start', 'from=end', 'from=7', 'from=999999999999999', 'FROM=x'))
  .map((both) => [...both]);
const httpOption = fc.constantFrom(
  'include',
  'redirects=0',
  'redirects=20',
  'limit=1',
  'limit=5000',
  'header=A: é',
  'header=Host: x',
);

export interface ProgramCase {
  readonly message: Pick<Message, 'method' | 'args'> & Partial<Message>;
  readonly body: Uint8Array;
  /** It is stopped after so many ms, if it has not ended. */
  readonly stopAfterMs: number;
}

/** `address`: of a server that answers anything, without a path. */
export function anyProgram(address: string): fc.Arbitrary<ProgramCase> {
  const get = fc
    .tuple(fc.webPath(), fc.array(httpOption, { maxLength: 2 }))
    .map(([webPath, options]) => [`${address}${webPath.startsWith('/') ? '' : '/'}${webPath}`, ...options]);
  const called = (
    method: MethodName,
    args: fc.Arbitrary<readonly string[]>,
  ): fc.Arbitrary<Pick<Message, 'method' | 'args'>> => args.map((given) => ({ method, args: given }));
  return fc
    .record({
      call: fc.oneof(
        { weight: 5, arbitrary: called('cliCommand', line) },
        { weight: 3, arbitrary: called('cliCommandCont', line) },
        { weight: 1, arbitrary: called('tailFile', tail) },
        { weight: 2, arbitrary: called('httpGet', get) },
      ),
      settings: fc.option(settings, { nil: undefined }),
      endsNode: fc.option(fc.constant(true as const), { nil: undefined, freq: 10 }),
      methodTimeoutMs: fc.constantFrom(-1, 0, 1, 50, 10_000),
      body: fc.oneof(fc.constantFrom('', 'a\n', 'b\0\n'.repeat(30_000)), argument),
      stopAfterMs: fc.constantFrom(0, 1, 5, 20, 200, 1_000),
    })
    .map(({ call, settings: given, endsNode, methodTimeoutMs, body, stopAfterMs }) => ({
      message: {
        ...call,
        methodTimeoutMs,
        ...(given === undefined ? {} : { settings: given }),
        ...(endsNode === undefined || call.method === 'tailFile' || call.method === 'httpGet' ? {} : { endsNode }),
      },
      body: Buffer.from(body),
      stopAfterMs,
    }));
}
