// Message files as people wrote them for ctrl (2022 to 2025): YAML in all its forms, JSON that only YAML takes, variables, streams.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openOldFleet, type OldFleet } from '../support/old-fleet.ts';
import { waitFor } from '../support/wait-for.ts';

let old: OldFleet;

beforeAll(async () => {
  old = await openOldFleet();
});
afterAll(() => old.close());

const onCentral = (...parts: readonly string[]): string => old.central.data(...parts).toString();
const onShip1 = (name: string): string =>
  existsSync(old.ship1.path(name)) ? readFileSync(old.ship1.path(name), 'utf8') : '';

test('ctrl - a script in a block, for two nodes', async () => {
  const views = await old.run(`---
- toNodes:
    - ship1
    - ship2
  method: cliCommand
  methodArgs:
    - "bash" # or ash
    - "-c"
    - |
      cat <<-"EOF" >made.sh
      ---
      echo "made on $STEWARD_NODE"
      EOF

      sh ./made.sh

  replyMethod: file
  ACKTimeout: 5
  retries: 120
  retryWait: 1
  replyACKTimeout: 5
  replyRetries: 3
  methodTimeout: 5
  directory: system
  fileName: made.log
`);
  expect(views.map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
  for (const name of ['ship1', 'ship2']) expect(onCentral('system', name, 'made.log')).toBe(`made on ${name}\n`);
});

test('ctrl - several documents, a list and one message by itself, with nodes as text and numbers as they are written', async () => {
  const views = await old.run(`---
- toNodes: ship1,ship2
  #jetstreamToNode: ship1
  method: cliCommand
  methodArgs: [printf, '%s ', 1.10, 007, true]
  directory: ./documents/
  fileName: one
---
toNode: ship1
method: cliCommand
methodArgs: [sh, -c, echo two; exit 4]
directory: documents
fileName: two
`);
  expect(views.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'failed']);
  for (const name of ['ship1', 'ship2']) expect(onCentral('documents', name, 'one')).toBe('1.10 007 true ');
  expect(onCentral('documents', 'ship1', 'two')).toBe('two\n');
});

test('ctrl - what its scripts write: commas before closing brackets, and a command in single quotes', async () => {
  await old.run(`[
    {
        "toNodes": ["ship2"],
        "method": "REQCliCommand",
        "methodArgs":
            [
                "/bin/bash",
                "-c",
                'echo "---ship2---" && echo "it''s" ]}]',
            ],
        "replyMethod": "REQToFileAppend",
        "RetryWait": 5,
        "ACKTimeout": 10,
        "methodTimeout": 10,
        "replyMethodTimeout": 10,
        "directory": "./data/",
        "fileName": "debug.log",
    },
]
`);
  expect(onCentral('data', 'ship2', 'debug.log')).toBe("---ship2---\nit's ]}]\n");
});

test('ctrl - answers on the console, on both of its outputs', async () => {
  const ask = (word: string, reply: string): string => `[{"toNodes": ["ship1"], "method": "cliCommand",
    "methodArgs": ["sh", "-c", "echo ${word}"], "replyMethod": ${reply}, "methodTimeout": 10}]`;
  await old.run(ask('printed', '"console"'));
  await old.run(ask('by its half-new name', '"toConsole"'));
  await old.run(ask('to stderr', '"console", "replyMethodArgs": ["stderr"]'));
  expect(old.central.printed()).toBe('printed\nby its half-new name\n');
});

test.for(['CTRL', 'ctrl', 'STEWARD'])('ctrl - {{%s_DATA}} hands the output to a command on central', async (prefix) => {
  const [view] = await old.run(`[{"directory": "chain", "fileName": "chain.result", "toNode": "ship1",
    "method": "cliCommand", "methodArgs": ["bash", "-c", "echo one; echo two"], "replyMethod": "cliCommand",
    "replyMethodArgs": ["bash", "-c", "echo \\"{{${prefix}_DATA}}\\" > ${prefix}.txt; cat <<< {{${prefix}_DATA}} > again.txt"],
    "replyMethodTimeOut": 10, "ACKTimeout": 3, "retries": 3, "methodTimeout": 10}]`);
  expect(view).toMatchObject({ state: 'succeeded', reply: { state: 'handled' } });
  for (const name of [`${prefix}.txt`, 'again.txt'])
    expect(readFileSync(old.central.path(name), 'utf8').trimEnd()).toBe('one\ntwo');
});

test('ctrl - {{CTRL_FILE}} brings a file along, to a command that wants no ACK and no answer', async () => {
  writeFileSync(old.central.path('source.yaml'), 'kind: "$HOME"\nname: it\'s\n');
  const [view] = await old.run(`---
- toNodes:
    - ship1
  method: cliCommand
  methodArgs:
    - "bash"
    - "-c"
    - |
      echo '{{CTRL_FILE:./source.yaml}}'>copied.yaml

  replyMethod: none
  ACKTimeout: 0
`);
  expect(view?.reply).toBeUndefined();
  await waitFor('the file on the ship', () => onShip1('copied.yaml') !== '');
  expect(onShip1('copied.yaml').trimEnd()).toBe('kind: "$HOME"\nname: it\'s');
});

test('ctrl - the shell of the node, for a script that is one argument', async () => {
  await old.run(`---
- toNodes:
    - ship2
  useDetectedShell: true
  method: cliCommand
  methodArgs:
    - |
      echo a && echo b

  replyMethod: fileAppend
  retries: 1
  directory: system
  fileName: shell.log
`);
  expect(onCentral('system', 'ship2', 'shell.log')).toBe('a\nb\n');
});

test('ctrl - a message that a Go program wrote, with all of its fields', async () => {
  const [view] = await old.run(
    JSON.stringify([
      {
        toNode: 'ship1',
        id: 0,
        data: null,
        method: 'cliCommand',
        methodArgs: ['echo', 'all fields'],
        argSignature: null,
        replyMethod: '',
        replyMethodArgs: null,
        isReply: false,
        fromNode: 'central',
        ACKTimeout: 5,
        retryWait: 0,
        isSubPublishedMsg: false,
        retries: 1,
        replyACKTimeout: 5,
        replyRetries: 1,
        methodTimeout: 5,
        replyMethodTimeout: 0,
        directory: 'fields',
        fileName: 'all.txt',
        PreviousMessage: null,
        schedule: null,
        jetstreamToNode: '',
      },
    ]),
  );
  expect(view).toMatchObject({ state: 'succeeded', reply: { state: 'handled' } });
  expect(onCentral('fields', 'ship1', 'all.txt')).toBe('all fields\n');
});

test('ctrl - a message for a stream reaches the node when that is back, and says that there is no stream', async () => {
  await old.ship2.stop();
  const { ids = [], warnings } = await old.submit(`---
- toNodes:
    - ship2
  jetstreamToNode: ship2
  method: cliCommand
  methodArgs: [sh, -c, echo streamed]
  methodTimeout: 3
  replyMethod: file
  directory: stream
  fileName: it
  ACKTimeout: 0
`);
  expect(ids).toHaveLength(1);
  expect(warnings).toEqual([expect.stringContaining('without JetStream')]);
  await old.ship2.startLinked();
  expect((await old.central.settled(ids[0])).state).toBe('succeeded');
  expect(onCentral('stream', 'ship2', 'it')).toBe('streamed\n');
});

test('ctrl - the command that sends it says so, too', async () => {
  writeFileSync(old.central.path('stream.json'), '[{"jetstreamToNode": "ship1", "method": "ping"}]');
  const { status, err } = await old.central.steward('send', 'stream.json');
  expect(status).toBe(0);
  expect(err).toContain('without JetStream');
});

test('ctrl - a schedule runs as often as it says, and then its message has ended', async () => {
  const { ids } = await old.submit(
    '- toNode: ship1\n  method: cliCommand\n  methodArgs: [sh, -c, echo tick]\n  schedule: [1, 3]\n  directory: ticks\n  fileName: it\n',
  );
  expect((await old.central.settled(ids?.[0])).state).toBe('succeeded');
  await waitFor('its answers', () => onCentral('ticks', 'ship1', 'it').split('\n').length > 3);
  expect(onCentral('ticks', 'ship1', 'it')).toMatch(/^(tick\n){3,4}$/);
});

test('ctrl - what is not built is refused, the whole file and by name', async () => {
  for (const [field, fields] of [
    ['nodeAlias', 'nodeAlias: fleet'],
    ['method', 'method: portSrc'],
  ] as const) {
    const method = field === 'method' ? '' : '  method: ping\n';
    const { ids, error } = await old.submit(`- toNode: ship1\n${method}  ${fields}\n`);
    expect(ids).toBeUndefined();
    expect(error).toMatchObject({ code: 'invalid-message', field });
    expect(error?.message).toContain('not supported yet');
  }
});
