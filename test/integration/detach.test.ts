// Commands that are only started (`detach`): real nodes, real processes.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { usePair } from '../support/pair.ts';
import { waitFor } from '../support/wait-for.ts';

const pair = usePair();

/** `process group session`, as long as it lives. */
const sessionOf = (pid: number): string | undefined => {
  if (!existsSync(`/proc/${pid}/stat`)) return undefined;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(2, 4)
    .join(' ');
};

test('detach - the start is reported, with its pid; the command outlives its time and its node, and ends as it likes', async () => {
  const { central, ship } = pair;
  const script = 'cat > got; until [ -e go ]; do sleep 0.05; done; echo printed; echo ended > end';
  const view = await central.ask({
    toNode: 'ship1',
    method: 'cliCommand',
    methodArgs: ['sh', '-c', script],
    stdin: 'x'.repeat(70_000),
    methodTimeout: '200ms',
    detach: true,
    fileName: 'pid',
  });
  expect(view).toMatchObject({ state: 'succeeded', reply: { state: 'handled' } });
  const pid = Number(central.data('ship1', 'pid').toString());
  expect(sessionOf(pid)).toBe(`${pid} ${pid}`);
  // Nothing is kept of it, and its lane goes on.
  expect(readdirSync(ship.path('store', 'outliving'))).toEqual([]);
  expect((await central.ask({ toNode: 'ship1', method: 'cliCommand', methodArgs: ['true'] })).state).toBe('succeeded');
  expect(await ship.stop()).toBe(0);
  expect(sessionOf(pid)).toBe(`${pid} ${pid}`);
  await ship.startLinked();
  await ship.kill();
  await ship.startLinked();
  expect(sessionOf(pid)).toBe(`${pid} ${pid}`);
  await central.ask({ toNode: 'ship1', method: 'cliCommand', methodArgs: ['touch', 'go'] });
  await waitFor('the command to end', () => existsSync(ship.path('end')));
  expect(readFileSync(ship.path('got')).length).toBe(70_000);
  expect((await central.client.message(view.id)).outcome?.stdoutBytes).toBe(`${pid}\n`.length);
});

test('detach - what cannot be started says so, and nothing of it is kept', async () => {
  const { central, ship } = pair;
  const view = await central.ask({
    toNode: 'ship1',
    method: 'cliCommand',
    methodArgs: ['no-such-program'],
    stdin: 'x',
    detach: true,
  });
  expect(view.state).toBe('failed');
  expect(view.outcome?.reason ?? view.reason).toContain('no-such-program');
  expect(readdirSync(ship.path('store', 'outliving'))).toEqual([]);
  const not = await central.ask({
    toNode: 'ship1',
    method: 'cliCommand',
    methodArgs: ['touch', 'never'],
    onlyIf: ['false'],
    detach: true,
  });
  expect(not.state).toBe('rejected');
  expect(existsSync(ship.path('never'))).toBe(false);
});

test('detach - from the command line, with its settings; what makes no sense is refused', async () => {
  const { central, ship } = pair;
  const words = ['--detach', '--env', 'A=b', 'ship1', '--', 'sh', '-c', 'echo $A > env-of-it'];
  const ran = await central.steward('run', ...words);
  expect([ran.status, ran.out]).toEqual([0, expect.stringMatching(/^== ship1: succeeded\n\d+\n/)]);
  await waitFor('it to run', () => existsSync(ship.path('env-of-it')));
  await expect.poll(() => readFileSync(ship.path('env-of-it'), 'utf8')).toBe('b\n');
  const both = await central.steward('run', '--detach', '--ends-node', 'ship1', '--', 'true');
  expect([both.status, both.err]).toEqual([2, expect.stringContaining('outlives its node anyway')]);
  const stream = await central.steward('run', '--detach', '--stream', 'ship1', '--', 'true');
  expect([stream.status, stream.err]).toEqual([2, expect.stringContaining('cliCommandCont cannot be detached')]);
});
