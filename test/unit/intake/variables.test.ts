import { expect, test } from 'vitest';
import { putVariables } from '../../../src/intake/variables/put-variables.ts';
import { putIntoScript } from '../../../src/intake/variables/shell-script.ts';
import { atOnce } from '../../../src/base/turns.ts';
import { parseMessageFile, parsingOf } from '../../../src/intake/parse-message-file.ts';
import { defaults, parse, refused } from './parse.ts';

const data = '{{STEWARD_DATA}}';
const put = (script: string): string => putIntoScript(script, () => 'V');

test.each([
  [`echo ${data} > file`, 'echo "${V}" > file'],
  [`echo "${data}"`, 'echo "${V}"'],
  [`echo "a ${data} b"`, 'echo "a ${V} b"'],
  [`echo '${data}'`, `echo ''"\${V}"''`],
  [`echo 'a ${data} b'${data}`, `echo 'a '"\${V}"' b'"\${V}"`],
  [`echo $'a\\'${data}'`, `echo $'a\\''"\${V}"$''`],
  [`echo \\"${data}`, 'echo \\""${V}"'],
  [`echo "$(echo ${data})"`, 'echo "$(echo "${V}")"'],
  [`echo "$(echo "${data}") ${data}"`, 'echo "$(echo "${V}") ${V}"'],
  ['echo "`cat ' + data + '`"', 'echo "`cat "${V}"`"'],
  [`cat <<< ${data} > f`, 'cat <<< "${V}" > f'],
  [`cat <<EOF > f\na ${data}\nEOF\necho ${data}`, 'cat <<EOF > f\na ${V}\nEOF\necho "${V}"'],
  [`cat <<-EOF\n\ta ${data}\n\tEOF\necho ${data}`, 'cat <<-EOF\n\ta ${V}\n\tEOF\necho "${V}"'],
  [`cat <<A <<B\n${data}\nA\n'${data}'\nB\n${data}`, `cat <<A <<B\n\${V}\nA\n'\${V}'\nB\n"\${V}"`],
  [`# don't\necho ${data}`, '# don\'t\necho "${V}"'],
  [`echo a#b'${data}'`, `echo a#b''"\${V}"''`],
  [`x=\${Y:-${data}}`, 'x=${Y:-${V}}'],
  [`[ ${data} = a ] && [[ ${data} == b ]]`, '[ "${V}" = a ] && [[ "${V}" == b ]]'],
  [`(( (1 + 2) )); echo ${data}`, '(( (1 + 2) )); echo "${V}"'],
  [`a[0]=1; echo ${data}`, 'a[0]=1; echo "${V}"'],
  [`(cd /tmp; echo ${data})`, '(cd /tmp; echo "${V}")'],
  [`echo ${data}; cat <<'EOF'\nnothing\nEOF\n`, `echo "\${V}"; cat <<'EOF'\nnothing\nEOF\n`],
  [`{{CTRL_DATA}} {{CTRL_FILE:/a b}}`, '"${V}" "${V}"'],
])('variables - in %j the quotes are followed', (script, expected) => {
  expect(put(script)).toBe(expected);
});

test('variables - what stands in the place of the program is refused with what to write', () => {
  expect(() => putVariables([data], { sizeOf: () => 0, hasRest: true })).toThrow(
    '{{STEWARD_DATA}} stands where the program does, and what it holds would run: name the program first, as in ["bash", "-c", "echo {{STEWARD_DATA}}"]',
  );
});

test('variables - what nearly is one stays, and is told', () => {
  const told = (args: readonly string[], more: object = {}): readonly string[] =>
    atOnce(
      parsingOf(JSON.stringify({ toNode: 'ship1', method: 'cliCommand', methodArgs: args, ...more }), { defaults }),
    ).warnings;
  expect(told(['echo', '{{steward_FILE:/etc/motd}}'])).toEqual([
    'methodArgs: "{{steward_FILE:/etc/motd}}" is no variable, and stays as it is: did you mean {{STEWARD_FILE:path}}?',
  ]);
  for (const text of ['{{Steward_Data}}', '{{ STEWARD_DATA }}', '{{STEWARDDATA}}', '{{CTRL_FILE}}'])
    expect(told(['echo', text]).length).toBe(1);
  const reply = { replyMethod: 'cliCommand', replyMethodArgs: ['echo', '{{steward_data}}'] };
  expect(told(['true'], reply)).toEqual([expect.stringContaining('replyMethodArgs') as string]);
  for (const text of ['{{data}}', '{{.State.Status}}', '{{ inventory_hostname }}', '{{STEWARD_', '{{stewardship}}'])
    expect(told(['echo', text])).toEqual([]);
  expect(told(['echo', ...Array.from({ length: 300 }, (_none, index) => `{{steward_file:${index}}}`)]).length).toBe(
    100,
  );
});

test.each([
  [`echo $((1 + ${data}))`],
  [`((x = ${data}))`],
  [`cat <<'EOF'\n${data}\nEOF`],
  [`cat <<\\EOF\n${data}\nEOF`],
])('variables - in %j there is no place for one', (script) => {
  expect(() => put(script)).toThrow(/arithmetic|here-document/);
});

const sizes = { sizeOf: () => 7, hasRest: false };

test.each([
  [['bash', '-c', `echo ${data}`]],
  [['/bin/bash', '-lec', `echo ${data}`]],
  [['bash', '-o', 'pipefail', '-c', `echo ${data}`]],
  [['sudo', '-n', 'env', 'A=1', 'sh', '-c', `echo ${data}`]],
  [['su', '-', 'somebody', '-c', `echo ${data}`]],
  [['busybox', 'ash', '-c', `echo ${data}`]],
  [['sh', '-c', '--', `echo ${data}`]],
  [['bash', '-c', '-x', `echo ${data}`]],
  [['bash', '-c', '+x', '-o', 'pipefail', `echo ${data}`]],
  [['docker', 'exec', '-i', 'x', 'sh', '-c', `echo ${data}`]],
])('variables - %j has a script, which reads the value', (args) => {
  const found = putVariables(args, sizes);
  expect(found?.args.slice(0, -1)).toEqual(args.slice(0, -1));
  expect(found?.args.at(-1)).toBe(
    'STEWARD_DATA=$(cat; printf x); STEWARD_DATA=${STEWARD_DATA%x}; echo "${STEWARD_DATA}"',
  );
  expect(found?.takesData).toBe(true);
});

test('variables - what follows the script, and what needs no shell, becomes one argument', () => {
  expect(putVariables(['bash', '-c', 'echo "$1"', 'me', data], sizes)?.args).toEqual([
    'sh',
    '-c',
    `STEWARD_DATA=$(cat; printf x); STEWARD_DATA=\${STEWARD_DATA%x}; exec bash -c 'echo "$1"' me "\${STEWARD_DATA}"`,
  ]);
  expect(putVariables(['logger', `it's: ${data}!`], sizes)?.args.at(-1)).toContain(
    `exec logger 'it'\\''s: '"\${STEWARD_DATA}"'!'`,
  );
});

test('variables - several files are read one after the other, each once, and the rest stays on standard input', () => {
  const script = 'echo {{STEWARD_FILE:/a}} {{CTRL_FILE:/b}} {{CTRL_FILE:/a}}';
  const found = putVariables(['sh', '-c', script], { sizeOf: (path) => (path === '/a' ? 3 : 0), hasRest: true });
  expect(found?.files).toEqual(['/a', '/b']);
  expect(found?.args.at(-1)).toBe(
    'STEWARD_FILE_1=$(dd bs=3 count=1 iflag=fullblock 2>/dev/null; printf x); STEWARD_FILE_1=${STEWARD_FILE_1%x}; ' +
      'STEWARD_FILE_2=; echo "${STEWARD_FILE_1}" "${STEWARD_FILE_2}" "${STEWARD_FILE_1}"',
  );
});

test.each([
  [['python3', '-c', `print("${data}")`]],
  [['awk', data]],
  [['ssh', 'host', 'echo', data]],
  [['watch', data]],
  [['fish', '-c', `echo ${data}`]],
  [['docker', 'exec', 'x', 'perl', '-e', data]],
  [['sed', `s/a/${data}/`]],
  [[data]],
  [['su', `--command=echo ${data}`]],
  [['su', `-cecho ${data}`]],
  [['ssh', 'host', 'bash', '-c', `echo ${data}`]],
  [['watch', 'sh', '-c', `echo ${data}`]],
  [['find', '.', '-exec', 'sh', '-c', `echo ${data}`, ';']],
  [['docker', 'exec', 'x', 'sh', '-c', `echo ${data}`]],
  [['nawk', data]],
  [['tmux', 'new', '-d', data]],
  [['make', `--eval=${data}`]],
  [['env', '-S', `sh -c ${data}`]],
  [['bash', '-c', `echo ${data}`, data]],
])('variables - %j could run what is in it, and is refused', (args) => {
  expect(() => putVariables(args, sizes)).toThrow(
    /could become|POSIX|stand in|standard input|stands where the program does/,
  );
});

test('variables - a message says where one cannot stand', () => {
  const refusal = (fields: object): unknown => refused({ toNode: 'ship1', method: 'cliCommand', ...fields });
  expect(refusal({ methodArgs: ['awk', data] })).toMatchObject({ place: { field: 'methodArgs' } });
  expect(
    refusal({ methodArgs: ['ls'], replyMethod: 'cliCommand', replyMethodArgs: ['cat', '{{CTRL_FILE:/etc/passwd}}'] }),
  ).toMatchObject({
    place: { field: 'replyMethodArgs' },
    message: expect.stringContaining('cannot stand in a reply') as string,
  });
  expect(refusal({ methodArgs: ['ls'], replyMethod: 'file', replyMethodArgs: [data] })).toMatchObject({
    message: expect.stringContaining('file is none') as string,
  });
  expect(refusal({ methodArgs: ['sh', '-c', 'echo {{STEWARD_FILE:/x}}'] })).toMatchObject({
    message: expect.stringContaining('no files are read here') as string,
  });
});

test('variables - files and data become the body', () => {
  const methodArgs = ['sh', '-c', 'echo {{STEWARD_FILE:/x}}'];
  const [draft] = parseMessageFile(
    JSON.stringify({ toNode: 'ship1', method: 'cliCommand', methodArgs, data: 'rest' }),
    { defaults: { ...defaults, fileOf: () => Buffer.from('file') } },
  );
  expect(Buffer.from(draft?.body ?? []).toString()).toBe('filerest');
  expect(draft?.message.bodySize).toBe(8);
});

test('variables - of a method that runs nothing stay as they are', () => {
  const [draft] = parse({ toNode: 'ship1', method: 'console', data: [data] });
  expect(Buffer.from(draft?.body ?? []).toString()).toBe(data);
});
