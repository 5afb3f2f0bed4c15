// Commands that treat an answer: run where the request came from, with the output on their standard input.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { usePair } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';

const pair = usePair();

/** As files for ctrl have it. */
function chain(methodArgs: readonly string[], replyMethodArgs: readonly string[], more: object = {}): object {
  return {
    directory: 'cli_command_test',
    fileName: 'cli_command.result',
    toNode: 'ship1',
    method: 'cliCommand',
    methodArgs,
    replyMethod: 'cliCommand',
    replyMethodArgs,
    replyMethodTimeOut: 10,
    ACKTimeout: 3,
    retries: 3,
    methodTimeout: 10,
    ...more,
  };
}

const ask = (message: object): ReturnType<typeof pair.central.ask> => pair.central.ask({ ...message });

test('reply chain - the output of a command goes into another one, where the message came from', async () => {
  const text = 'two  words\n$(touch ran) `touch ran` "\n';
  const view = await ask(chain(['printf', '%s', text], ['bash', '-c', 'printf %s "{{CTRL_DATA}}" > apekatt.txt']));
  expect(view).toMatchObject({ state: 'succeeded', reply: { state: 'handled' } });
  expect(readFileSync(pair.central.path('apekatt.txt'), 'utf8')).toBe(text);
  expect(existsSync(pair.central.path('ran'))).toBe(false);
  expect(existsSync(pair.ship.path('apekatt.txt'))).toBe(false);
});

test('reply chain - without a variable the output is on standard input, and what went to standard error is not', async () => {
  await ask(chain(['sh', '-c', 'echo out; echo err >&2; exit 3'], ['sh', '-c', 'cat > stdin.txt']));
  expect(readFileSync(pair.central.path('stdin.txt'), 'utf8')).toBe('out\n');
});

test('reply chain - how the command of a reply ended is told', async () => {
  const view = await ask(chain(['true'], ['sh', '-c', 'echo first >&2; echo no such thing >&2; exit 3']));
  expect(view).toMatchObject({ state: 'succeeded', reply: { state: 'failed', reason: 'exit code 3: no such thing' } });
  const late = await ask(chain(['true'], ['sleep', '60'], { replyMethodTimeout: 1, replyMethodTimeOut: undefined }));
  expect(late.reply).toMatchObject({ state: 'failed', reason: expect.stringContaining('method timeout') as string });
});

test('reply chain - a large output arrives whole', async () => {
  const view = await ask(
    chain(['sh', '-c', 'seq 1 400000'], ['sh', '-c', 'printf %s {{STEWARD_DATA}} | wc -lc > count.txt']),
  );
  expect(view).toMatchObject({ state: 'succeeded', reply: { state: 'handled' } });
  expect(readFileSync(pair.central.path('count.txt'), 'utf8').trim().split(/\s+/)).toEqual(['400000', '2688895']);
});

test('reply chain - runs once, though its node dies while it runs', async () => {
  const [id] = await pair.central.submit(
    chain(['true'], ['sh', '-c', 'echo ran >> once.txt; sleep 60'], {
      replyMethodTimeout: 90,
      replyMethodTimeOut: undefined,
    }) as Record<string, unknown>,
  );
  await waitFor('the command of the reply to run', () => existsSync(pair.central.path('once.txt')));
  await pair.central.kill();
  await pair.central.startLinked();
  const view = await pair.central.settled(id);
  expect(view).toMatchObject({
    state: 'succeeded',
    reply: { state: 'failed', reason: 'the node died while it ran' },
  });
  expect(readFileSync(pair.central.path('once.txt'), 'utf8')).toBe('ran\n');
});

test('files - what a message names of the node where it is submitted, lands on the other as it is', async () => {
  const bytes = Buffer.concat([
    Buffer.from('$HOME `touch ran` "\'\n\n\t {{CTRL_DATA}}'),
    Buffer.from([0xff, 0xfe, 0x0a]),
  ]);
  writeFileSync(pair.central.path('source.bin'), bytes);
  const to = pair.ship.path('copied.bin');
  const named = (name: string): object => ({
    toNodes: ['ship1'],
    method: 'cliCommand',
    methodArgs: ['/bin/bash', '-c', `printf %s {{CTRL_FILE:${name}}}>${to}`],
    methodTimeout: 3,
    replyMethod: 'none',
  });
  for (const name of ['source.bin', pair.central.path('source.bin')]) {
    expect(await ask(named(name))).toMatchObject({ state: 'succeeded' });
    expect(readFileSync(to)).toEqual(bytes);
  }
  expect(existsSync(pair.ship.path('ran'))).toBe(false);
  const refused = JSON.parse(await pair.central.pipe(JSON.stringify([named('no-such-file')]))) as { error: object };
  expect(refused.error).toMatchObject({
    code: 'invalid-message',
    message: expect.stringContaining('there is no file') as string,
    field: 'methodArgs',
    line: 1,
  });
  for (const name of ['/dev/zero', pair.central.path('tmp'), '/proc/self/mem'])
    expect(await pair.central.pipe(JSON.stringify([named(name)]))).toContain('invalid-message');
});
