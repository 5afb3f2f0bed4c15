// What a trip of a command costs without Steward: two small processes of Node that do the same input and output, in the same order, and
// nothing else. What stands between two steps there (custody, order, states, a store that can be searched) is what Steward adds.
//
//   sender:   message file on a socket, 4 KiB synced, answer, publish · receiver: 4 KiB synced, spawn, 4 KiB synced, publish ·
//   sender:   4 KiB synced, answer appended to its file and synced
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fdatasyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect } from '@nats-io/transport-node';
import { replyFile } from '../lab/messages.ts';

export interface BareTrip {
  /** As those of a node are (lab/round-trip.ts). */
  readonly folder: string;
  readonly intake: string;
  readonly close: () => Promise<void>;
}

interface Place {
  readonly brokerUrl: string;
  readonly folder: string;
}

const subjects = { run: 'steward-bench.trip.run', answer: 'steward-bench.trip.answer' } as const;

export async function openBareTrip({ brokerUrl, folder }: Place): Promise<BareTrip> {
  const place: Place = { brokerUrl, folder: join(folder, 'bare') };
  mkdirSync(place.folder, { recursive: true });
  const children: ChildProcess[] = [];
  for (const mode of ['trip-receiver', 'trip-sender']) {
    const child = spawn(process.execPath, [process.argv[1] ?? '', 'limit', mode, JSON.stringify(place)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(createInterface(child.stdout), 'line');
    children.push(child);
  }
  return {
    folder: place.folder,
    intake: join(place.folder, 'intake.sock'),
    async close() {
      for (const child of children) {
        child.stdin?.end();
        await once(child, 'close');
      }
    },
  };
}

export async function bareReceiver(argument: string): Promise<void> {
  const { brokerUrl, folder } = JSON.parse(argument) as Place;
  const connection = await connect({ servers: brokerUrl });
  const keep = openLog(join(folder, 'receiver.log'));
  connection.subscribe(subjects.run, {
    callback(_error, message) {
      const [{ methodArgs }] = message.json<[{ methodArgs: readonly string[] }]>();
      keep();
      const [program = '', ...args] = methodArgs;
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      const pieces: Buffer[] = [];
      child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
      child.once('close', () => {
        keep();
        connection.publish(subjects.answer, Buffer.concat(pieces));
      });
    },
  });
  await connection.flush();
  untilInputEnds(() => connection.close());
}

export async function bareSender(argument: string): Promise<void> {
  const { brokerUrl, folder } = JSON.parse(argument) as Place;
  const connection = await connect({ servers: brokerUrl });
  const keep = openLog(join(folder, 'sender.log'));
  const file = join(folder, 'data', replyFile('ship1'));
  mkdirSync(dirname(file), { recursive: true });
  const answers = openSync(file, 'a');
  connection.subscribe(subjects.answer, {
    callback(_error, message) {
      keep();
      writeSync(answers, message.data);
      fdatasyncSync(answers);
    },
  });
  await connection.flush();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const pieces: Buffer[] = [];
    socket.on('data', (piece: Buffer) => pieces.push(piece));
    socket.once('end', () => {
      const text = Buffer.concat(pieces);
      JSON.parse(text.toString());
      keep();
      connection.publish(subjects.run, text);
      socket.end('{"ids":["1"]}\n');
    });
  });
  server.listen(join(folder, 'intake.sock'));
  await once(server, 'listening');
  untilInputEnds(() => {
    server.close();
    return connection.close();
  });
}

function openLog(path: string): () => void {
  const descriptor = openSync(path, 'w');
  const page = Buffer.alloc(4096, 1);
  return () => {
    writeSync(descriptor, page);
    fdatasyncSync(descriptor);
  };
}

function untilInputEnds(close: () => Promise<void>): void {
  process.stdout.write('ready\n');
  process.stdin.resume().once('end', () => void close());
}
