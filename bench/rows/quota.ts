// A million messages through two nodes with a quota of 50 MB. Only when it is asked for by name: it takes ten minutes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pushThrough, sample } from '../../test/support/quota-load.ts';
import type { Figure } from '../figure.ts';
import { replyFile } from '../lab/messages.ts';
import { residentMb } from '../lab/processes.ts';
import { submit } from '../lab/submit.ts';
import { waitUntil } from '../lab/wait-until.ts';
import type { Row } from './row.ts';

const quota = 50_000_000;
const waiting = 100;
/** Resident memory that does not grow: 900,000 messages later at most so much of what it was. */
const flat = 1.1;
const data = 'x'.repeat(1200);
const progressEvery = 50_000;

export const quotas: Row = {
  name: 'quota',
  onlyByName: true,
  async measure({ lab, scale, say }) {
    const count = scale(1_000_000);
    const { central, ship } = await lab.pair('--store-quota', String(quota));
    const message = { method: 'ping', data, directory: 'bench', fileName: 'answers' };
    await submit(
      central.intake,
      Array.from({ length: waiting }, () => ({ ...message, toNode: 'absent' })),
    );
    const watch = sample(
      [central, ship].map((node) => ({ name: node.name, folder: join(node.folder, 'store'), pid: node.pid() })),
    );
    const began = performance.now();
    let afterATenth: readonly number[] = [];
    await pushThrough({
      count,
      message: () => ({ ...message, toNode: 'ship1' }),
      submit: (messages) => submit(central.intake, messages),
      look: (id) => central.client.message(id),
      onProgress: (done) => {
        if (done === count / 10) afterATenth = [central, ship].map((node) => residentMb([node.pid()]));
        if (done % progressEvery === 0) say(`${done} after ${Math.round((performance.now() - began) / 1000)} s`);
      },
    });
    await waitUntil('the last answer', 50, async () => (await central.client.counts()).waitingReplies === 0);
    const seconds = (performance.now() - began) / 1000;
    const peaks = watch.end();
    for (const { name, files } of peaks) say(`${name} at its largest: ${JSON.stringify(files)}`);
    const { counts } = await central.client.counts();
    const answers = readFileSync(join(central.folder, 'data', replyFile('ship1')), 'latin1').split('\n').length - 1;
    if (answers !== count) throw new Error(`${answers} answers to ${count} messages`);
    if (counts.queued !== waiting) throw new Error(`${counts.queued} messages wait instead of ${waiting}`);
    const name = `${count} messages of 1.2 kB, quota 50 MB`;
    return [
      { name, value: count / seconds, unit: '/s' },
      ...peaks.flatMap((peak, index): Figure[] => [
        {
          name: `${name}: largest store of ${peak.name}`,
          value: peak.folderBytes / 1e6,
          unit: 'MB',
          goal: { atMost: quota / 1e6 },
        },
        { name: `${name}: peak of ${peak.name}`, value: peak.residentBytes / 1e6, unit: 'MB' },
        { name: `${name}: ${peak.name} after a tenth`, value: afterATenth[index] ?? NaN, unit: 'MB' },
        {
          name: `${name}: ${peak.name} at the end, to that after a tenth`,
          value: peak.lastResidentBytes / 1e6 / (afterATenth[index] ?? NaN),
          unit: '×',
          goal: { atMost: flat },
        },
      ]),
    ];
  },
};
