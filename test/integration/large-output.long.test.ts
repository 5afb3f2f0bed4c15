// Output of a plain command that is too large for one answer: real nodes.
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { usePair } from '../support/pair.ts';
import { startSteward } from '../support/run-steward.ts';
import { waitFor } from '../support/wait-for.ts';

const pair = usePair();

const last = 5_000_000;
const numbers = ['seq', '1', String(last)];
let whole: Buffer | undefined;
/** What `numbers` prints: 37 MiB. */
const expected = (): Buffer =>
  (whole ??= Buffer.from(`${Array.from({ length: last }, (_none, index) => index + 1).join('\n')}\n`));

const command = (more: object = {}): Record<string, unknown> => ({
  toNode: 'ship1',
  method: 'cliCommand',
  methodArgs: numbers,
  methodTimeout: 120,
  largeOutput: true,
  ...more,
});

test('large output - steward run prints 37 MiB as they are, and steward output does again; both nodes stay small', async () => {
  // So that it is heard of.
  await pair.central.ask({ toNode: 'ship1', method: 'ping' });
  const run = await pair.central.steward('run', '--timeout', '120', 'ship1', '--', ...numbers);
  expect(run.status).toBe(0);
  expect(run.err).toBe('');
  const [head = '', ...lines] = run.out.split('\n');
  expect(head).toBe('== ship1: succeeded');
  expect(lines.slice(0, last).join('\n').length).toBe(expected().length - 1);
  expect(run.out.includes(expected().toString())).toBe(true);
  expect(run.out).toMatch(/ship1 +succeeded +0 /);
  const { out } = await pair.central.steward('status');
  const [id = ''] = /[0-9a-z]{20}/.exec(out) ?? [];
  for (const { pid } of [pair.central, pair.ship]) expect(peakMb(pid)).toBeLessThan(150);
  if (id !== '') expect((await pair.central.steward('output', id)).out === expected().toString()).toBe(true);
}, 120_000);

test('large output - with --json up to 64 MiB stand in the line', async () => {
  const { out } = await pair.central.steward('run', '--json', '--timeout', '60', 'ship1', '--', 'seq', '1', '500000');
  const answer = JSON.parse(out) as { state: string; stdout: string };
  expect(answer.state).toBe('succeeded');
  expect(answer.stdout.length).toBe(3_388_895);
  expect(answer.stdout.endsWith('\n499999\n500000\n')).toBe(true);
}, 60_000);

test('large output - what is small comes with its outcome, as ever', async () => {
  const { id, outcome } = await pair.central.ask(command({ methodArgs: ['seq', '1', '1000'], replyMethod: 'none' }));
  expect(outcome).toMatchObject({ stdoutBytes: 3893 });
  expect(outcome?.streamed).toBeUndefined();
  expect((await pair.central.steward('output', id)).out.endsWith('\n1000\n')).toBe(true);
});

test.each(['cliCommand', 'nCliCommand'])(
  'large output - of %s it is appended to a file and replaces another, with nothing missing or twice',
  async (method) => {
    for (const replyMethod of ['fileAppend', 'file']) {
      const fileName = `${method}-${replyMethod}.txt`;
      for (let count = 1; count <= 2; count += 1) {
        const { state, reply } = await pair.central.ask(
          command({ method, replyMethod, directory: 'large', fileName }),
          120_000,
        );
        expect([state, reply?.state]).toEqual(['succeeded', 'handled']);
        const times = replyMethod === 'file' ? 1 : count;
        const wanted = Buffer.concat(Array.from({ length: times }, () => expected()));
        expect(pair.central.data('large', 'ship1', fileName).equals(wanted)).toBe(true);
      }
    }
  },
  240_000,
);

test('large output - without the field the command is ended at OutputLimit, and what came before is kept', async () => {
  const { id, state, outcome } = await pair.central.ask(command({ largeOutput: false, replyMethod: 'none' }), 60_000);
  expect(state).toBe('failed');
  expect(outcome?.reason).toContain('output limit');
  const { out } = await pair.central.steward('output', id);
  expect(
    out ===
      expected()
        .subarray(0, 16 * 1024 * 1024)
        .toString(),
  ).toBe(true);
}, 60_000);

test('large output - goes on after central was killed, and steward output --follow shows it meanwhile', async () => {
  const [id = ''] = await pair.central.submit(
    command({
      methodArgs: ['sh', '-c', 'seq 1 1000000; until [ -e go-on ]; do sleep 0.1; done; seq 1 1000000'],
      replyMethod: 'none',
    }),
  );
  await waitFor('the first half', async () => (await part(id)).length > 0);
  const follow = startSteward(['output', '--follow', id], { cwd: pair.central.folder });
  await waitFor('it to be followed', () => follow.out().length > 0);
  await pair.central.kill();
  await pair.central.startLinked();
  await pair.ship.steward('run', 'ship1', '--', 'touch', 'go-on');
  expect((await pair.central.settled(id, 60_000)).state).toBe('succeeded');
  expect([await follow.ended, follow.err()]).toEqual([0, '']);
  const half = expected().subarray(0, 6_888_896).toString();
  expect(follow.out() === half + half).toBe(true);
  expect((await pair.central.steward('output', id)).out === half + half).toBe(true);
}, 120_000);

test('large output - of a command whose node is killed arrives what it had written, and its end is unknown', async () => {
  const [id = ''] = await pair.central.submit(
    command({ methodArgs: ['sh', '-c', 'seq 1 1000000; sleep 600'], methodTimeout: -1, replyMethod: 'none' }),
  );
  await waitFor(
    'all that it writes',
    async () => {
      const file = pair.central.dataPath('.steward-output', 'ship1', id);
      return existsSync(file) && readFileSync(file).length === 6_888_896;
    },
    { withinMs: 30_000 },
  );
  await pair.ship.kill();
  await pair.ship.startLinked();
  expect((await pair.central.settled(id, 60_000)).state).toBe('unknown');
  const { out } = await pair.central.steward('output', id);
  expect(out === expected().subarray(0, 6_888_896).toString()).toBe(true);
}, 120_000);

test('largeOutput - what has no parts is refused at intake', async () => {
  for (const more of [
    { detach: true },
    { endsNode: true },
    { schedule: [60, 600] },
    { replyTo: 'ship2' },
    { method: 'cliCommandCont' },
  ])
    expect(await pair.central.pipe(JSON.stringify([command(more)]))).toContain('"field":"largeOutput"');
});

async function part(id: string): Promise<Uint8Array> {
  return pair.central.client.output(id, 'stdout').catch(() => new Uint8Array());
}

function peakMb(pid: number): number {
  const [, kb] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb) / 1024;
}
