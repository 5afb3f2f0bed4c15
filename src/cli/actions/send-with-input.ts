// A command whose standard input is too large for its message: the node here takes it in, copies it to each node, and sends the command behind.
//
// 1. When this returns, nobody needs the command line any more: what is left to do is messages, each with the file that it reads as its own.
// 2. A copy and its command are submitted together: both are there, or neither is.
// 3. Where nothing was submitted, nothing is kept.
import { randomBytes } from 'node:crypto';
import type { Client } from '../../client/client.ts';
import type { Submitted } from '../../contract/submission.ts';
import { StewardError } from '../../model/error.ts';
import { createIdSource } from '../../model/id.ts';
import { inputName } from '../../model/input-name.ts';
import type { Terminal } from '../terminal.ts';
import { bytesText } from '../text/bytes.ts';
import { createProgress } from '../text/progress.ts';
import type { LongInput } from './read-stdin.ts';

/** As it is submitted, with `toNodes`. */
export interface CommandMessage {
  readonly toNodes: readonly string[];
  readonly method: string;
  readonly methodArgs: readonly string[];
  readonly after?: string;
  readonly expires?: number;
  readonly via?: string;
  readonly priority?: number;
}

export interface SentCommand {
  readonly id: string;
  readonly to: string;
  /** The message that brings its input; undefined where the command runs here. */
  readonly copy: string | undefined;
}

export interface SentWithInput {
  /** As if the commands were all of it. */
  readonly submitted: Submitted;
  readonly sent: readonly SentCommand[];
}

/** So many names of one file are kept. */
const mostNodes = 1_000;
/** How often a copy says how far it is, in seconds. */
const tell = 1;

/** Undefined where Ctrl-C came first, and nothing was sent. */
export async function sendWithInput(
  client: Client,
  message: CommandMessage,
  { input, terminal }: { readonly input: LongInput; readonly terminal: Terminal },
): Promise<SentWithInput | undefined> {
  const [{ nodes }, { node: here }] = [await client.preview(asFile([message])), await client.info()];
  const names = nodes.map(({ name }) => name);
  if (names.length > mostNodes)
    throw new StewardError('too-large', `an input of this size goes to at most ${mostNodes} nodes at a time`, {
      hint: 'send it to some of them, then to the others',
    });
  const newId = createIdSource({ now: Date.now, random48: () => randomBytes(6).readUIntBE(0, 6) });
  const targets = names.map((name) => ({ name, id: newId() }));
  const [first, ...others] = targets.map(({ id }) => id);
  if (first === undefined) return { submitted: { ids: [], submission: '' }, sent: [] };
  let stopListening = (): void => undefined;
  try {
    if (!(await takeIn(client, first, { input, terminal }))) {
      await drop(client, [first]);
      return undefined;
    }
    const { expires } = message;
    // What is whole is sent: between the two Ctrl-C would leave it here without its messages.
    stopListening = terminal.onInterrupt(() => undefined);
    await client.keepInput(first, { as: others, ...(expires === undefined ? {} : { expires }) });
    const list = messagesFor(message, targets, here);
    const submitted = await client.submit(asFile(list));
    const sent: SentCommand[] = [];
    for (let at = 0; at < list.length; at += 1) {
      const { name } = targets[sent.length] ?? { name: '' };
      const copy = name === here ? undefined : submitted.ids[at++];
      sent.push({ id: submitted.ids[at] ?? '', to: name, copy });
    }
    return { submitted: { ...submitted, ids: sent.map(({ id }) => id) }, sent };
  } catch (error) {
    // A node that went away may have taken the messages in.
    if (!(error instanceof StewardError) || !['not-running', 'internal'].includes(error.code))
      await drop(client, [first, ...others]);
    throw error;
  } finally {
    stopListening();
  }
}

function asFile(messages: readonly object[]): Uint8Array {
  return Buffer.from(JSON.stringify(messages));
}

function messagesFor(
  { toNodes: _all, after, ...message }: CommandMessage,
  targets: readonly { readonly name: string; readonly id: string }[],
  here: string,
): readonly object[] {
  const { expires, via, priority } = message;
  const awaited = after === undefined ? [] : after.split(',');
  const list: object[] = [];
  for (const { name, id } of targets) {
    const path = inputName(id);
    if (name !== here)
      list.push({
        toNode: here,
        method: 'copySrc',
        methodArgs: [path, name, path, `tell=${tell}`, ...(via === undefined ? [] : [`via=${via}`])],
        replyMethod: 'none',
        ...(expires === undefined ? {} : { expires }),
        ...(priority === undefined ? {} : { priority }),
      });
    // By its place in this list.
    const behind = [...(name === here ? [] : [list.length]), ...awaited];
    list.push({ ...message, toNodes: [name], stdinFile: path, ...(behind.length === 0 ? {} : { after: behind }) });
  }
  return list;
}

/** False where Ctrl-C came before its end. */
async function takeIn(
  client: Client,
  id: string,
  { input, terminal }: { readonly input: LongInput; readonly terminal: Terminal },
): Promise<boolean> {
  const progress = createProgress(terminal.err);
  let isInterrupted = false;
  // What is read for ends then: a race with each piece would keep all of them.
  const stopListening = terminal.onInterrupt(() => {
    isInterrupted = true;
    input.close();
  });
  try {
    let at = 0;
    for await (const piece of input.pieces()) {
      await client.addInput(id, at, piece);
      at += piece.length;
      if (isInterrupted) break;
      await progress.show(() => `standard input: ${bytesText(at)} taken in`);
    }
    return !isInterrupted;
  } catch (error) {
    if (isInterrupted) return false;
    throw error;
  } finally {
    stopListening();
    await progress.clear();
    input.close();
  }
}

/** What a node that is gone does not hear of goes by age. */
async function drop(client: Client, ids: readonly string[]): Promise<void> {
  for (const id of ids) await client.dropInput(id).catch(() => undefined);
}
