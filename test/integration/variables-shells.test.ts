// The variables of commands, in real shells: what is in a value arrives as it is, and never runs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { putVariables } from '../../src/intake/variables/put-variables.ts';

const folder = mkdtempSync(join(tmpdir(), 'steward-variables-'));
afterAll(() => rmSync(folder, { recursive: true }));

const shells = ['bash', 'dash', 'sh'];

function run(args: readonly string[], input: Uint8Array): { out: Buffer; err: string; status: number | null } {
  const [program = '', ...rest] = args;
  const { stdout, stderr, status } = spawnSync(program, rest, { input, cwd: folder, maxBuffer: 64 * 1024 * 1024 });
  return { out: stdout, err: stderr.toString(), status };
}

/** What would do something in a shell, or end a quote. */
const trap = fc.constantFrom(
  '$(touch ran)',
  '`touch ran`',
  '"; touch ran; "',
  "'; touch ran; '",
  '; touch ran #',
  '\n touch ran\n',
  '${PATH}',
  '$HOME',
  '\\',
  '"',
  "'",
  '*',
  '~',
  '!!',
  '\nEOF\ntouch ran\n',
  '%s',
  '-n',
  ' ',
  '\t',
  '\n',
  'ä€😀',
);
const value = fc.oneof(
  fc.array(trap, { maxLength: 6 }).map((parts) => Buffer.from(parts.join(''))),
  // No zero byte: no shell has a place for one.
  fc.uint8Array({ min: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);

/** A script that prints the value; what it prints beside. */
const scripts: readonly (readonly [string, (value: Buffer) => Buffer])[] = [
  [`printf %s {{STEWARD_DATA}}`, (is) => is],
  [`printf %s "{{STEWARD_DATA}}"`, (is) => is],
  [`printf %s 'a{{CTRL_DATA}}b'`, (is) => Buffer.concat([Buffer.from('a'), is, Buffer.from('b')])],
  [`printf %s "$(printf '%s.' {{STEWARD_DATA}})"`, (is) => Buffer.concat([is, Buffer.from('.')])],
  [`cat <<EOF\n{{STEWARD_DATA}}\nEOF\n`, (is) => Buffer.concat([is, Buffer.from('\n')])],
  [`f() { printf %s "$1"; }; f {{STEWARD_DATA}} # it's "one"`, (is) => is],
];

test('variables - in every kind of quotes, and in each shell, a value arrives byte for byte, and nothing of it runs', () => {
  fc.assert(
    fc.property(value, fc.constantFrom(...shells), fc.constantFrom(...scripts), (bytes, shell, [script, expected]) => {
      const put = putVariables([shell, '-c', script], { sizeOf: () => 0, hasRest: true });
      const { out, err } = run(put?.args ?? [], bytes);
      expect({ err, out }).toEqual({ err: '', out: expected(bytes) });
      expect(readdirSync(folder)).toEqual([]);
    }),
    { numRuns: 300 },
  );
}, 120_000);

test('variables - as an argument of a program, too', () => {
  fc.assert(
    fc.property(value, (bytes) => {
      const put = putVariables(['printf', '%s|', 'it is', 'a={{STEWARD_DATA}}', '$(touch ran)'], {
        sizeOf: () => 0,
        hasRest: true,
      });
      const { out } = run(put?.args ?? [], bytes);
      expect(out).toEqual(Buffer.concat([Buffer.from('it is|a='), bytes, Buffer.from('|$(touch ran)|')]));
      expect(readdirSync(folder)).toEqual([]);
    }),
    { numRuns: 100 },
  );
}, 60_000);

test('variables - files go ahead of each other and of the input, and each ends where it should', () => {
  const one = Buffer.concat([Buffer.from('one\n\n'), Buffer.from([0xc3])]);
  const two = Buffer.alloc(200_000, 'two ');
  const sizes = { sizeOf: (path: string) => (path === '/1' ? one.length : two.length), hasRest: true };
  const script = 'printf %s {{STEWARD_FILE:/1}}; printf "|"; printf %s {{STEWARD_FILE:/2}}; printf "|"; cat';
  const put = putVariables(['bash', '-c', script], sizes);
  const bar = Buffer.from('|');
  const rest = Buffer.from('the rest');
  expect(run(put?.args ?? [], Buffer.concat([one, two, rest])).out).toEqual(Buffer.concat([one, bar, two, bar, rest]));
});

test('variables - a value may be larger than any argument', () => {
  const large = Buffer.alloc(8 * 1024 * 1024, 'a"\'`$(touch ran)\n');
  const put = putVariables(['bash', '-c', 'printf %s {{STEWARD_DATA}}'], { sizeOf: () => 0, hasRest: true });
  expect(run(put?.args ?? [], large).out.equals(large)).toBe(true);
  const program = putVariables(['printf', '%s', '{{STEWARD_DATA}}'], { sizeOf: () => 0, hasRest: true });
  // `printf` is the program of that name here: one argument has at most 128 KiB on Linux.
  expect(run(program?.args ?? [], large)).toMatchObject({
    status: 126,
    err: expect.stringMatching(/too long/i) as string,
  });
});
