// The story that the demo tells: one ship is up, another is away and comes back. Told by what our own commands print.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Clock, Timers } from '../../base/clock.ts';
import { decode } from '../../base/decode.ts';
import { messageViewSchema, type MessageView } from '../../contract/message-view.ts';
import { nodeViewsSchema, type NodeView } from '../../contract/node-views.ts';
import type { Terminal } from '../terminal.ts';
import { oneLine, printable } from '../text/printable.ts';
import { ask, type Asked } from './ask.ts';
import type { Crew, Member } from './crew.ts';
import { demoFolder } from './demo-folder.ts';
import { waitUntil } from './wait-until.ts';

export const memberNames = ['broker', 'central', 'ship1', 'ship2', 'ship3'] as const;

/** As a person in the demo's folder types it. */
export const centralSocket = join(demoFolder, 'central', 'tmp');

export interface Stage {
  readonly terminal: Terminal;
  readonly crew: Crew;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Comes when the story cannot go on: its reason is what `waitUntil` and `ask` throw. */
  readonly signal: AbortSignal;
}

export interface Told {
  /** Id of the message that waited. */
  readonly id: string;
  readonly members: readonly Member[];
}

/** Throws an Error in plain words when it does not come true. */
export async function tellStory(stage: Stage): Promise<Told> {
  const { crew, clock } = stage;
  const begin = clock.monotonic();
  const tell = (text: string): Promise<void> =>
    stage.terminal.out.write(`${((clock.monotonic() - begin) / 1000).toFixed(1).padStart(5)} s  ${text}\n`);

  const broker = crew.start('broker', ['broker', '--port', '0']);
  const address = await until(stage, 'the broker listens', () => firstMatch(broker, /^nats:\S+$/m));
  await tell(`the broker listens on ${address}`);

  const startNode = (name: string): Member =>
    crew.start(name, ['node', '--node-name', name, '--broker-address', address, '--central-node-name', 'central']);
  const early = ['central', 'ship1', 'ship3'].map(startNode);
  await until(stage, 'ship1 and ship3 say hello to central', () => online(stage, ['ship1', 'ship3']));
  await tell('central, ship1 and ship3 are up; ship2 is away');

  await tell('a command for ship1: echo "hello from $0, it is $(date +%T)"');
  const first = await submit(stage, 'ship1');
  await until(stage, 'the answer of ship1 is handled', () => handled(stage, first));
  await tell(`ship1 ran it, and its answer lies in a file on central:\n${await showAnswer('ship1')}`);

  await tell('the same for ship2, which is away');
  const second = await submit(stage, 'ship2');
  const waiting = await until(stage, 'the message for ship2 waits', async () => {
    const view = await status(stage, second);
    return view.state === 'queued' && view.waiting !== undefined ? view : undefined;
  });
  await tell(`its state is "${waiting.state}", waiting: ${oneLine(waiting.waiting ?? '')}`);

  await tell('ship2 starts');
  const ship2 = startNode('ship2');
  const done = await until(stage, 'the answer of ship2 is handled', () => handled(stage, second));
  const hello = await until(stage, 'central knows ship2', () => online(stage, ['ship2']));
  await tell(
    `ship2 ran the command ${delay(done, hello)} ms after its hello; the answer:\n${await showAnswer('ship2')}`,
  );
  return { id: second, members: [broker, ...early, ship2] };
}

function until<T>(stage: Stage, what: string, look: () => Promise<T | undefined>): Promise<T> {
  return waitUntil(look, { ...stage, what });
}

async function firstMatch(member: Member, pattern: RegExp): Promise<string | undefined> {
  return pattern.exec(await readFile(member.logFile, 'utf8'))?.[0];
}

function steward(stage: Stage, args: readonly string[], input?: string): Promise<Asked> {
  return ask({ ...stage, args: [...args, '--socket', centralSocket], ...(input === undefined ? {} : { input }) });
}

/** The views of the named nodes once all of them are here. Central itself may still be starting. */
async function online(stage: Stage, names: readonly string[]): Promise<readonly NodeView[] | undefined> {
  const { stdout } = await steward(stage, ['nodes', '--json']);
  const here = decode(nodeViewsSchema, stdout)?.filter(
    (node) => node.presence === 'online' && names.includes(node.name),
  );
  return here?.length === names.length ? here : undefined;
}

const idsSchema = v.object({ ids: v.tuple([v.string()]) });

async function submit(stage: Stage, toNode: string): Promise<string> {
  const message = {
    toNode,
    method: 'cliCommand',
    methodArgs: ['sh', '-c', 'echo "hello from $0, it is $(date +%T)"', toNode],
    replyMethod: 'fileAppend',
    directory: 'answers',
    fileName: 'hello.txt',
  };
  const asked = await steward(stage, ['send', '-', '--json'], JSON.stringify([message]));
  const submitted = decode(idsSchema, asked.stdout);
  if (submitted === undefined) throw new Error(`steward send failed: ${oneLine(asked.stderr)}`);
  return submitted.ids[0];
}

async function status(stage: Stage, id: string): Promise<MessageView> {
  const asked = await steward(stage, ['status', id, '--json']);
  const view = decode(messageViewSchema, asked.stdout);
  if (view === undefined) throw new Error(`steward status failed: ${oneLine(asked.stderr)}`);
  return view;
}

async function handled(stage: Stage, id: string): Promise<MessageView | undefined> {
  const view = await status(stage, id);
  if (view.reply?.state === 'handled' && view.state === 'succeeded') return view;
  if (view.reply?.state !== 'failed' && ['queued', 'delivered', 'running', 'succeeded'].includes(view.state))
    return undefined;
  throw new Error(`the message for ${view.to} ended as ${view.state}: ${view.reason ?? view.reply?.reason ?? ''}`);
}

async function showAnswer(ship: string): Promise<string> {
  const path = join(demoFolder, 'central', 'data', 'answers', ship, 'hello.txt');
  const text = await readFile(path, 'utf8');
  if (!text.includes(`hello from ${ship}`)) throw new Error(`${path} does not hold the answer of ${ship}`);
  return `         $ cat ${path}\n         ${printable(text).trimEnd()}`;
}

/** From central's hearing the hello to the start of the method: both clocks are this machine's. */
function delay(done: MessageView, nodes: readonly NodeView[]): number {
  const started = done.outcome?.startedAt ?? done.runningAt ?? 0;
  return Math.max(0, Math.round(started - (nodes[0]?.since ?? started)));
}
