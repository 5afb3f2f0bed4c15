// P7: every answer that was handled stands in its file, whole and exactly once, whatever crash cut its writing.
import { targetSegments } from '../../src/methods/files/target-path.ts';
import { bodyParts } from '../../src/methods/files/parts.ts';
import type { InboxRecord } from '../../src/model/record.ts';
import { laneMethod } from '../../src/model/lane.ts';
import { unpackHead } from '../../src/wire/message-head.ts';
import type { Machine } from '../world/machine.ts';
import type { Judge } from './judge.ts';

export function checkFiles(judge: Judge, machine: Machine): void {
  const expected = new Map<string, Buffer[]>();
  const { inbox } = machine.disk.store.look();
  const { pruned } = judge.ledgerOf(machine);
  for (const record of [...pruned.inbox, ...inbox.values()].sort((a, b) => a.ord - b.ord)) {
    if (!['fileAppend', 'output'].includes(laneMethod(record.lane)) || record.state !== 'ended') continue;
    for (const { path, bytes } of appended(judge, machine, record)) {
      const known = expected.get(path) ?? [];
      known.push(bytes);
      expected.set(path, known);
    }
  }
  const isSure = !judge.wasExchanged(machine.name);
  for (const [path, parts] of expected) {
    const content = machine.files.files.get(path) ?? Buffer.alloc(0);
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    const missing = parts.find((part) => !content.includes(part));
    if (missing !== undefined)
      judge.report(machine, { invariant: 'P7', text: `${path} lacks ${missing.subarray(0, 60).toString()}` });
    // A store that was exchanged may have forgotten what it had written: then it stands there twice.
    else if (isSure && content.length !== size)
      judge.report(machine, { invariant: 'P7', text: `${path} has ${content.length} bytes instead of ${size}` });
  }
}

function appended(judge: Judge, machine: Machine, record: InboxRecord): readonly { path: string; bytes: Buffer }[] {
  const facts = judge.messages.get(record.id);
  const { state } = JSON.parse(record.outcome ?? '{}') as { state?: string };
  if (facts === undefined || state !== 'succeeded') return [];
  const place = { from: record.from, to: machine.name, lane: record.lane };
  const message = unpackHead(JSON.parse(record.head), place);
  const { stdout, stderr } = bodyParts({ key: '', message, body: facts.body });
  const path = targetSegments(message).join('/');
  return [
    { path, bytes: Buffer.from(stdout) },
    { path: `${path}.error`, bytes: Buffer.from(stderr) },
  ].filter(({ bytes }) => bytes.length > 0);
}
