// The methods that write files, over real files: what lands where, once, and what is refused.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock, systemTimers } from '../../src/base/clock.ts';
import { type Methods, createMethods } from '../../src/methods/create-methods.ts';
import { Appends } from '../../src/methods/files/appends.ts';
import type { OpenedFile } from '../../src/methods/files/file-calls.ts';
import { Leases } from '../../src/methods/files/leases.ts';
import { NearDisk } from '../../src/methods/files/near-disk.ts';
import { openInside } from '../../src/methods/files/open-inside.ts';
import type { FileMark, RunRequest, RunResult } from '../../src/methods/run.ts';
import type { Message } from '../../src/model/message.ts';

// On the disk of the store, where calls are made on the spot, and on another one.
describe.each(['near', 'far'] as const)('%s disk', (where) => {
  let base = '';
  let data = '';
  let methods: Methods;
  let count = 0;

  beforeEach(() => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'steward-files-')));
    data = join(base, 'data');
    methods = newMethods();
  });

  afterEach(async () => {
    await methods.close();
    rmSync(base, { recursive: true, force: true });
  });

  const storeFolder = (): string => (where === 'near' ? base : '/proc');

  function newMethods(): Methods {
    return createMethods({
      nodeName: 'central',
      configFolder: '/nowhere',
      groups: [],
      version: '0.0.0',
      dataFolder: data,
      storeFolder: storeFolder(),
      workFolder: base,
      env: {},
      clock: systemClock,
      timers: systemTimers,
      stdout: () => Promise.resolve(),
      stderr: () => Promise.resolve(),
      pid: process.pid,
      askNode: () => Promise.reject(new Error('nobody asks')),
      askOther: () => Promise.reject(new Error('nobody asks')),
    });
  }

  /** A reply of ship1, or with `stderr` absent from the counts a request that writes by itself. */
  function request(text: string, more: Partial<Message> & { readonly errors?: string } = {}): RunRequest {
    const { errors = '', ...fields } = more;
    const body = Buffer.from(text + errors);
    count += 1;
    const message: Message = {
      id: `m${count}`,
      from: 'ship1',
      to: 'central',
      method: 'fileAppend',
      args: [],
      unordered: false,
      rerun: 'always',
      ackTimeoutMs: 5_000,
      retries: 3,
      retryWaitMs: 0,
      expiresMs: 60_000,
      methodTimeoutMs: 10_000,
      directory: '/var/cli/',
      fileName: 'some.result',
      replyTo: {
        id: 'r1',
        method: 'cliCommand',
        outcome: {
          state: 'succeeded',
          stdoutBytes: Buffer.byteLength(text),
          stderrBytes: Buffer.byteLength(errors),
        },
      },
      bodySize: body.length,
      ...fields,
    };
    return { key: `ship1/${message.id}`, message, body };
  }

  const stop = new AbortController().signal;
  const run = (each: RunRequest): Promise<RunResult> => methods.run(each, { signal: stop });
  const read = (path: string): string => readFileSync(join(data, path), 'utf8');
  const file = 'var/cli/ship1/some.result';

  async function marksOf(requests: readonly RunRequest[], from = methods): Promise<readonly RunRequest[]> {
    const prepared = await from.prepare(requests);
    return requests.map((each, index) => {
      const answer = prepared[index];
      if (answer === undefined || !('mark' in answer)) throw new Error(`not prepared: ${JSON.stringify(answer)}`);
      return { ...each, mark: answer.mark };
    });
  }

  test('fileAppend - puts stdout into the file below the directory and the node, and stderr beside it', async () => {
    expect((await run(request('one\n', { errors: 'bad\n' }))).outcome.state).toBe('succeeded');
    expect((await run(request('two\n'))).outcome.state).toBe('succeeded');
    expect(read(file)).toBe('one\ntwo\n');
    expect(read(`${file}.error`)).toBe('bad\n');
  });

  test('fileAppend - makes the file even if there was no output, and no error file without errors', async () => {
    await run(request(''));
    expect(read(file)).toBe('');
    expect(existsSync(join(data, `${file}.error`))).toBe(false);
  });

  test('fileAppend - without names it writes to a file called after the method, in the folder of the node', async () => {
    await run(request('x', { directory: '', fileName: '' }));
    expect(read('ship1/cliCommand.log')).toBe('x');
    const { replyTo: _, ...direct } = request('data', { directory: '', fileName: '' }).message;
    await run({ key: 'ship1/direct', message: direct, body: Buffer.from('data') });
    expect(read('ship1/fileAppend.log')).toBe('data');
  });

  test('fileAppend - a batch is written in order, each run at its own mark', async () => {
    await run(request('zero,'));
    const batch = await marksOf([
      request('one,', { errors: 'e1,' }),
      request('two,', { fileName: 'other' }),
      request('three,', { errors: 'e3,' }),
    ]);
    expect(batch.map(({ mark }) => mark)).toEqual([
      { stdout: 5, stderr: 0 },
      { stdout: 0, stderr: 0 },
      { stdout: 9, stderr: 3 },
    ] satisfies FileMark[]);
    expect((await methods.runBatch(batch)).map(({ outcome }) => outcome.state)).toEqual(Array(3).fill('succeeded'));
    expect(read(file)).toBe('zero,one,three,');
    expect(read(`${file}.error`)).toBe('e1,e3,');
    expect(read('var/cli/ship1/other')).toBe('two,');
  });

  test('fileAppend - a run that is done again after a crash leaves the same file', async () => {
    await run(request('before,'));
    const batch = await marksOf([request('one,'), request('two,', { errors: 'bad,' })]);
    // The node died before, in the middle of, and after writing.
    for (const written of ['before,', 'before,on', 'before,one,tw', 'before,one,two,']) {
      writeFileSync(join(data, file), written);
      const restarted = newMethods();
      await restarted.adopt(batch);
      expect((await restarted.runBatch(batch)).map(({ outcome }) => outcome.state)).toEqual(['succeeded', 'succeeded']);
      expect(read(file)).toBe('before,one,two,');
      expect(read(`${file}.error`)).toBe('bad,');
    }
  });

  test('fileAppend - a second run takes nothing away that came after the first', async () => {
    const first = await marksOf([request('one,')]);
    await methods.runBatch(first);
    await run(request('two,'));
    await newMethods().runBatch(first);
    expect(read(file)).toBe('one,two,');
  });

  test('fileAppend - after a restart nobody writes where an interrupted run will', async () => {
    const interrupted = await marksOf([request('one,')]);
    const restarted = newMethods();
    await restarted.adopt(interrupted);
    const later = restarted.run(request('two,'), { signal: stop });
    await restarted.runBatch(interrupted);
    await later;
    expect(read(file)).toBe('one,two,');
  });

  test('fileAppend - an interrupted run that will not be done again lets go of its file', async () => {
    const interrupted = await marksOf([request('one,')]);
    const restarted = newMethods();
    await restarted.adopt(interrupted);
    const later = restarted.run(request('two,'), { signal: stop });
    restarted.release(interrupted[0]?.key ?? '');
    expect((await later).outcome.state).toBe('succeeded');
    expect(read(file)).toBe('two,');
  });

  test('fileAppend - a file that was emptied between mark and run gets no hole', async () => {
    await run(request('before,'));
    const batch = await marksOf([request('one,'), request('two,')]);
    truncateSync(join(data, file), 0);
    await methods.runBatch(batch);
    expect(read(file)).toBe('one,two,');
  });

  test('fileAppend - a hundred runs to one file, prepared at once, come out whole and once each', async () => {
    const lines = Array.from({ length: 100 }, (_, index) => `line ${index}\n`);
    await Promise.all(lines.map((line) => run(request(line))));
    expect(read(file).split('\n').sort()).toEqual(lines.join('').split('\n').sort());
  });

  test('fileAppend - a file held by one run does not hold up another file', async () => {
    const held = await marksOf([request('one,')]);
    const waiting = run(request('two,'));
    expect((await run(request('free', { fileName: 'other' }))).outcome.state).toBe('succeeded');
    await methods.runBatch(held);
    await waiting;
    expect(read(file)).toBe('one,two,');
  });

  test('fileAppend - a reply whose counts do not add up is failed and writes nothing', async () => {
    const good = request('text');
    const { outcome } = await run({ ...good, body: Buffer.from('longer than said') });
    expect(outcome).toMatchObject({ state: 'failed', reason: 'the reply says 4 and 0 bytes and brings 16' });
    expect(existsSync(join(data, file))).toBe(false);
  });

  test('paths - an absolute directory is taken as relative to the data folder', async () => {
    await run(request('x', { directory: '/etc', fileName: '/deep/er/name' }));
    expect(read('etc/ship1/deep/er/name')).toBe('x');
  });

  test.each([
    ['directory', '../..'],
    ['directory', 'a/../../../etc'],
    ['directory', 'a\0b'],
    ['fileName', '../../escape'],
    ['fileName', '..'],
    ['fileName', 'a\0'],
    ['fileName', '/'],
    ['fileName', '.'],
  ])('paths - %s %j is refused', async (field, value) => {
    for (const method of ['fileAppend', 'file'] as const) {
      const { outcome } = await run(request('x', { method, [field]: value }));
      expect(outcome).toMatchObject({ state: 'failed', reason: expect.stringContaining(`field ${field}`) });
    }
    expect(readdirSync(base)).not.toContain('escape');
  });

  test('paths - a symlink that leaves the data folder is refused, wherever it stands', async () => {
    const outside = join(base, 'outside');
    mkdirSync(join(outside, 'ship1'), { recursive: true });
    mkdirSync(join(data, 'inner/ship1'), { recursive: true });
    symlinkSync(outside, join(data, 'linked'));
    symlinkSync('../../../outside/made', join(data, 'inner/ship1/file'));
    writeFileSync(join(outside, 'victim'), 'mine');
    symlinkSync(join(outside, 'victim'), join(data, 'inner/ship1/known'));
    symlinkSync(join(data, 'loop'), join(data, 'loop'));
    for (const method of ['fileAppend', 'file'] as const) {
      for (const fields of [
        { directory: 'linked', fileName: 'file' },
        { directory: 'linked/new/er', fileName: 'file' },
        { directory: 'inner', fileName: 'file' },
        { directory: 'inner', fileName: 'known' },
        { directory: 'inner', fileName: 'known/below' },
        { directory: 'loop', fileName: 'file' },
      ]) {
        const { outcome } = await run(request('evil', { method, ...fields }));
        expect({ ...fields, state: outcome.state }).toEqual({ ...fields, state: 'failed' });
      }
    }
    expect(readFileSync(join(outside, 'victim'), 'utf8')).toBe('mine');
    expect(readdirSync(outside).sort()).toEqual(['ship1', 'victim']);
    expect(readdirSync(join(outside, 'ship1'))).toEqual([]);
  });

  test('paths - a symlink that stays inside the data folder is followed', async () => {
    mkdirSync(join(data, 'real/ship1'), { recursive: true });
    symlinkSync('real', join(data, 'alias'));
    writeFileSync(join(data, 'real/ship1/target'), 'a');
    symlinkSync('target', join(data, 'real/ship1/pointer'));
    await run(request('b', { directory: 'alias', fileName: 'pointer' }));
    expect(read('real/ship1/target')).toBe('ab');
  });

  test('paths - what is exchanged for a symlink between mark and run is refused', async () => {
    const outside = join(base, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'some.result'), 'mine');
    const fileGone = await marksOf([request('evil')]);
    await run(request('first', { directory: 'other' }));
    const folderGone = await marksOf([request('evil', { directory: 'other' })]);
    symlinkSync(join(outside, 'some.result'), join(data, file));
    rmSync(join(data, 'other/ship1'), { recursive: true });
    symlinkSync(outside, join(data, 'other/ship1'));
    for (const batch of [fileGone, folderGone]) {
      const [result] = await methods.runBatch(batch);
      expect(result?.outcome).toMatchObject({ state: 'failed', reason: expect.stringContaining('symlink') });
    }
    expect(readFileSync(join(outside, 'some.result'), 'utf8')).toBe('mine');
  });

  test('paths - a data folder that is a symlink itself serves', async () => {
    mkdirSync(join(base, 'disk'));
    symlinkSync(join(base, 'disk'), data);
    await run(request('x'));
    expect(readFileSync(join(base, 'disk', file), 'utf8')).toBe('x');
  });

  test('paths - what is no file is refused, and a folder in the way is named', async () => {
    mkdirSync(join(data, file), { recursive: true });
    const { outcome } = await run(request('x'));
    expect(outcome).toMatchObject({ state: 'failed', reason: `${join(data, file)} is not a regular file` });
    writeFileSync(join(data, 'plain'), '');
    const below = await run(request('x', { directory: 'plain' }));
    expect(below.outcome).toMatchObject({ state: 'failed', reason: expect.stringMatching(/^ENOTDIR/) });
    expect(below.retry).toBeUndefined();
  });

  test('paths - a name that is too long for the system is failed', async () => {
    const { outcome } = await run(request('x', { fileName: 'n'.repeat(300) }));
    expect(outcome).toMatchObject({ state: 'failed', reason: expect.stringMatching(/^ENAMETOOLONG/) });
  });

  test('file - replaces the whole file, and its error file', async () => {
    await run(request('a long first text', { method: 'file', errors: 'bad' }));
    expect([read(file), read(`${file}.error`)]).toEqual(['a long first text', 'bad']);
    expect((await run(request('short', { method: 'file' }))).outcome.state).toBe('succeeded');
    expect(read(file)).toBe('short');
    expect(readdirSync(dirname(join(data, file)))).toEqual(['some.result']);
  });

  test('file - a batch of any kind of file methods has one answer each, in order', async () => {
    const batch = [request('a', { method: 'file' }), request('b'), request('c', { method: 'file', directory: '..' })];
    const prepared = await methods.prepare(batch);
    expect(prepared.map((answer) => 'mark' in answer)).toEqual([true, true, true]);
    const results = await methods.runBatch(batch);
    expect(results.map(({ outcome }) => outcome.state)).toEqual(['succeeded', 'succeeded', 'failed']);
  });

  test('a unix socket that stands where the file would be is written to', async () => {
    mkdirSync(dirname(join(data, file)), { recursive: true });
    const received: string[] = [];
    const server = createServer({ allowHalfOpen: false }, (socket) => {
      socket.setEncoding('utf8').on('data', (chunk: string) => received.push(chunk));
    });
    await new Promise<void>((resolve) => void server.listen(join(data, file), resolve));
    try {
      const before = new Promise((resolve) => server.once('connection', (socket) => socket.once('end', resolve)));
      expect((await run(request('to the socket'))).outcome.state).toBe('succeeded');
      await before;
      expect(received.join('')).toBe('to the socket');
    } finally {
      await new Promise((resolve) => void server.close(resolve));
    }
  });

  test('fileAppend - what fails for want of room can be tried again with the same mark', async () => {
    let room = 10;
    const appends = new Appends({
      dataFolder: data,
      nearDisk: new NearDisk({ storeFolder: storeFolder(), clock: systemClock }),
      clock: systemClock,
      timers: systemTimers,
      leases: new Leases(),
      errorLogBytes: Infinity,
      open: async (path, calls) => limited(await openInside(path, calls), () => room),
    });
    const before = await appends.runBatch([request('before,')]);
    expect(before[0]?.outcome.state).toBe('succeeded');
    const [one] = [request('one,')];
    const [prepared] = await appends.prepare([one]);
    const again = {
      ...one,
      mark: prepared !== undefined && 'mark' in prepared ? prepared.mark : { stdout: 0, stderr: 0 },
    };
    const other = appends.runBatch([request('two,')]);

    const [full] = await appends.runBatch([again]);
    expect(full).toMatchObject({ outcome: { state: 'failed' }, retry: 'ENOSPC: no space left on device, write' });
    expect(read(file)).toBe('before,');
    room = 1_000;
    expect((await appends.runBatch([again]))[0]).toMatchObject({ outcome: { state: 'succeeded' } });
    await other;
    expect(read(file)).toBe('before,one,two,');
  });

  /** A disk on which a file can have so many bytes and no more. */
  function limited(handle: OpenedFile, room: () => number): OpenedFile {
    const write = handle.write.bind(handle);
    return Object.assign(handle, {
      write: (bytes: Uint8Array, from: number, length: number, at: number) => {
        const fits = Math.min(length, room() - at);
        if (fits > 0) return write(bytes, from, fits, at);
        return Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
      },
    });
  }

  test('hello - appends the line of the original, once', async () => {
    const hello = request('', { method: 'hello', directory: '', fileName: '' });
    const batch = await marksOf([hello, { ...hello, key: 'ship1/again' }]);
    await methods.runBatch(batch);
    await newMethods().runBatch(batch);
    expect(read('hello-messages/ship1/hello.log')).toMatch(
      /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z, Received hello from "ship1"\n){2}$/,
    );
  });
});
