// Texts and arguments as fast-check draws them: such as a method takes, more or less, and any others.
import * as fc from 'fast-check';
import type { MethodName } from '../../src/model/method-name.ts';

const mostText = 64 * 1024;

const oddText = fc.constantFrom(
  '',
  '\0',
  'a\0b',
  '.',
  '..',
  '../..',
  '/',
  '/etc/passwd',
  '-',
  '--',
  '-rf',
  '$(id)',
  '`id`',
  '%s%n',
  '{{x}}',
  '*',
  '\ud800',
  'a\udfff',
  '\u202e\u0000',
  '\u{1f600}',
  'a\nb\r\n',
  '\x1b]0;x\x07',
  '__proto__',
  'constructor',
  '=',
  '{',
);
const longText = fc
  .tuple(fc.constantFrom('x', '/', '../', 'a/', '\0', '\ud800', 'é', '%'), fc.nat(mostText))
  .map(([unit, length]) => unit.repeat(length).slice(0, mostText));
export const anyText = fc.oneof(
  { weight: 8, arbitrary: oddText },
  { weight: 8, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 1, arbitrary: longText },
);

export const anyArgs = fc.oneof(
  { weight: 30, arbitrary: fc.array(anyText, { maxLength: 5 }) },
  { weight: 1, arbitrary: fc.tuple(oddText, fc.nat(20_000)).map(([text, count]) => Array<string>(count).fill(text)) },
);
const countText = fc.oneof(fc.nat(100), fc.constantFrom(-1, 999_999_999, 1e15, 0.5)).map(String);
const httpOption = fc.oneof(
  fc.constantFrom(
    'include',
    'INCLUDE',
    'include=1',
    'header=Host: a',
    'header=Range: bytes=0-1',
    'header=__proto__: x',
  ),
  anyText.map((text) => `header=A: ${text}`),
  fc.tuple(fc.constantFrom('redirects=', 'limit='), countText).map((both) => both.join('')),
  anyText,
);
const httpAddress = fc.oneof(
  fc.constantFrom('http://a/', 'https://u%:p@b:1/x?y#z', 'http://[::1]/', 'file:///etc/passwd', 'http://a:99999/'),
  anyText.map((text) => `http://${text}`),
  anyText,
);
const tailPath = fc.oneof(
  fc.constantFrom(
    'log',
    'log.1',
    'folder',
    'fifo',
    'missing',
    'empty',
    '/proc/cpuinfo',
    '/proc/self/status',
    '/dev/zero',
  ),
  anyText,
);
const word = fc.oneof(
  fc.constantFrom(
    'list',
    'clear',
    'remove',
    'to=ship1',
    'older=1',
    'subscriber',
    'publisher',
    'waiting',
    'json',
    'from',
  ),
  anyText,
);
/** These get no others: they would read, or write, whatever an argument names. */
export const alwaysLikely: ReadonlySet<MethodName> = new Set(['copySrc', 'copyDst']);
/** What the method would take, more or less. */
export const likelyArgs: Readonly<Partial<Record<MethodName, fc.Arbitrary<readonly string[]>>>> = {
  httpGet: fc.tuple(httpAddress, fc.array(httpOption, { maxLength: 3 })).map(([url, options]) => [url, ...options]),
  tailFile: fc
    .tuple(
      tailPath,
      fc.option(
        fc.oneof(
          fc.constantFrom('from=start', 'from=END'),
          countText.map((n) => `from=${n}`),
          anyText,
        ),
      ),
    )
    .map(([path, option]) => (option === null ? [path] : [path, option])),
  syslog: fc
    .tuple(
      fc.oneof(
        fc.constantFrom('journal', 'JOURNAL', 'unix:log.sock', 'udp:1', 'udp:[::1]:99', 'udp:0.0.0.0:1'),
        anyText,
      ),
      fc.array(fc.oneof(fc.constantFrom('from=start', 'format=json', 'unit=--help', 'priority=err'), anyText), {
        maxLength: 3,
      }),
    )
    .map(([source, options]) => [source, ...options]),
  copySrc: fc
    .tuple(
      fc.constantFrom(
        'log',
        'log.1',
        'folder',
        'fifo',
        'missing',
        'empty',
        '*',
        '{log,empty}',
        'folder/**',
        '[',
        'lo?',
      ),
      fc.constantFrom('ship1', 'central'),
      anyText,
      fc.array(
        fc.oneof(
          fc
            .tuple(fc.constantFrom('chunk=', 'time=', 'mode=', 'tell=', 'via='), countText)
            .map((both) => both.join('')),
          countText,
          anyText,
        ),
        { maxLength: 4 },
      ),
    )
    .map(([path, to, target, options]) => [path, to, target, ...options]),
  copyDst: fc.tuple(
    fc.oneof(fc.constantFrom('look', 'write'), anyText),
    fc.oneof(
      fc
        .record({
          root: fc.constantFrom('../data/copies', '../data/special', '../data/loop/x'),
          file: fc.record({
            kind: fc.constant('file'),
            path: fc.oneof(fc.constantFrom('', 'a', 'a/b', '../x', 'ship1/fifo'), anyText),
            size: fc.oneof(fc.nat(300), fc.constantFrom(Number.MAX_SAFE_INTEGER)),
            sum: fc.constantFrom('0'.repeat(64), 'f'),
            mode: fc.nat(0o7777),
            modified: fc.constantFrom(0, -1, 8.64e15, 0.5),
          }),
          at: fc.constantFrom(0, 1, 300, Number.MAX_SAFE_INTEGER),
        })
        .map((words) => JSON.stringify(words)),
      anyText,
    ),
  ),
  console: fc.constantFrom<readonly string[]>([], ['stderr']),
  opQueue: fc.array(word, { maxLength: 4 }),
  httpPost: fc
    .tuple(fc.constantFrom('http://127.0.0.1:1/', 'x'), fc.array(word, { maxLength: 3 }))
    .map(([url, more]) => [url, ...more]),
  own: fc.array(word, { maxLength: 4 }),
  opMethods: fc.array(word, { maxLength: 4 }),
  opStartup: fc.array(word, { maxLength: 4 }),
  opSchedule: fc.array(word, { maxLength: 4 }),
  opCancel: fc.array(word, { maxLength: 4 }),
};
