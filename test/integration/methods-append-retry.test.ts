import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock, systemTimers } from '../../src/base/clock.ts';
import { Appends } from '../../src/methods/files/appends.ts';
import { Leases } from '../../src/methods/files/leases.ts';
import { NearDisk } from '../../src/methods/files/near-disk.ts';
import { openInside } from '../../src/methods/files/open-inside.ts';
import { draft } from '../support/simulated-methods.ts';

test('appends - a batch of which one file is full is run again as a whole, and each file has its bytes once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'steward-appends-'));
  try {
    let fails = 1;
    const appends = new Appends({
      dataFolder: folder,
      nearDisk: new NearDisk({ storeFolder: folder, clock: systemClock }),
      clock: systemClock,
      timers: systemTimers,
      leases: new Leases(),
      errorLogBytes: Infinity,
      open: (path, calls) => {
        if (!path.endsWith('two') || fails === 0) return openInside(path, calls);
        fails -= 1;
        return Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
      },
    });
    const runs = [
      ['A', 'one'],
      ['B', 'two'],
    ].map(([id = '', fileName = '']) => ({
      key: `c/${id}`,
      message: { ...draft('ship1', 'fileAppend', { fileName }).message, id, from: 'c' },
      body: Buffer.from(id),
    }));
    const prepared = await appends.prepare(runs);
    const marked = runs.map((run, index) => {
      const found = prepared[index];
      return found !== undefined && 'mark' in found ? { ...run, mark: found.mark } : run;
    });
    const first = await appends.runBatch(marked);
    expect(first.map((result) => result.retry !== undefined)).toEqual([false, true]);
    const second = await appends.runBatch(marked);
    expect(second.map((result) => result.outcome.state)).toEqual(['succeeded', 'succeeded']);
    expect(readFileSync(join(folder, 'c', 'one'), 'utf8')).toBe('A');
    expect(readFileSync(join(folder, 'c', 'two'), 'utf8')).toBe('B');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
