// The round trip that a user waits for: from a message file on the socket to its answer in a file, one at a time.
import { mkdirSync, statSync, watch, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BenchNode } from './bench-node.ts';
import { replyFile } from './messages.ts';
import { askIntake } from './submit.ts';

const boundMs = 30_000;

export interface RoundTrips {
  readonly from: Pick<BenchNode, 'folder' | 'intake'>;
  readonly message: object;
  /** Its receiver; `ship1` unless given. */
  readonly to?: string;
  /** Bytes of one answer. */
  readonly answerBytes: number;
  readonly count: number;
  /** Done first, and not measured. */
  readonly warm: number;
}

/** Milliseconds of each. */
export async function measureRoundTrips({
  from,
  message,
  to = 'ship1',
  answerBytes,
  count,
  warm,
}: RoundTrips): Promise<readonly number[]> {
  const file = join(from.folder, 'data', replyFile(to));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '', { flag: 'a' });
  const text = JSON.stringify([message]);
  let size = statSync(file).size;
  const samples: number[] = [];
  for (let index = 0; index < warm + count; index += 1) {
    const began = performance.now();
    const arrived = grown(file, size + answerBytes);
    const [answer, at] = await Promise.all([askIntake(from.intake, text), arrived]);
    if (!answer.includes('"ids"')) throw new Error(`the node refused: ${answer}`);
    size += answerBytes;
    if (index >= warm) samples.push(at - began);
  }
  return samples;
}

/** When the file has become as large as this. */
function grown(file: string, size: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      clearTimeout(timer);
      watcher.close();
    };
    const watcher = watch(file, () => {
      if (statSync(file).size < size) return;
      const at = performance.now();
      finish();
      resolve(at);
    });
    const timer = setTimeout(() => {
      finish();
      reject(new Error(`no answer in ${file} within ${boundMs} ms`));
    }, boundMs);
  });
}
