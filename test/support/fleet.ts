// Nodes as their users run them: each a process of its own in a folder of its own, all on one broker.
//
// Job: starts them, kills them, and lets a test submit and look. From: tests. To: the executable, its sockets and files.
// 1. `start` comes back when the node says that it is ready, and fails with the node's log if it ends before.
// 2. After `close` no process of the fleet is left, nor a command that one of its nodes had started, nor a file.
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '../../src/client/client.ts';
import { isSettled, type MessageView } from '../../src/contract/message-view.ts';
import { FleetBroker } from './fleet-broker.ts';
import { processesIn, startSteward, type StewardProcess } from './run-steward.ts';
import { waitFor } from './wait-for.ts';

export interface LogLine {
  readonly time: string;
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** What a command has printed, and how it ended. */
export interface Said {
  readonly status: number | NodeJS.Signals;
  readonly out: string;
  readonly err: string;
}

/** One message of a file, as its author writes it. */
export type MessageFields = Readonly<Record<string, unknown>>;

const readyWithinMs = 20_000;
/** The logs of all its lives, in its folder: for a run that keeps the folder when something went wrong. */
export const logFile = 'node.log';

/** What a node is run by; what is absent is this checkout, by the Node of this process. */
export interface Runner {
  readonly program?: string;
  readonly runtime?: string;
  /** In place of the environment of the test, PATH included. */
  readonly env?: Readonly<Record<string, string>>;
}

export class FleetNode {
  readonly name: string;
  readonly folder: string;
  readonly client: Client;
  readonly #args: readonly string[];
  #process: StewardProcess | undefined;
  /** From its next start on. */
  runner: Runner = {};

  constructor(options: { name: string; folder: string; args: readonly string[] }) {
    this.name = options.name;
    this.folder = options.folder;
    this.#args = ['node', '--node-name', options.name, ...options.args];
    this.client = createClient({ socketPath: this.path('tmp', 'steward-api.sock') });
    mkdirSync(this.folder, { recursive: true });
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  /** Below the folder that messages write to. */
  dataPath(...parts: readonly string[]): string {
    const given = this.#args[this.#args.lastIndexOf('--subscribers-data-folder') + 1];
    return this.path(this.#args.includes('--subscribers-data-folder') ? (given ?? 'data') : 'data', ...parts);
  }

  /** A file that messages have written below the data folder; empty while there is none. */
  data(...parts: readonly string[]): Buffer {
    try {
      return readFileSync(this.dataPath(...parts));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    }
  }

  get pid(): number {
    const pid = this.#process?.child.pid;
    if (pid === undefined) throw new Error(`${this.name} does not run`);
    return pid;
  }

  /** Whether it was started and has not ended. */
  get running(): boolean {
    const child = this.#process?.child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  async start(...more: readonly string[]): Promise<void> {
    const started = this.launch(...more);
    let ended: string | undefined;
    void started.ended.then((how) => (ended = String(how)));
    await waitFor(`${this.name} to be ready`, () => ended !== undefined || this.says('ready') !== undefined, {
      withinMs: readyWithinMs,
      seen: () => started.err(),
    });
    if (this.says('ready') === undefined) throw new Error(`${this.name} ended (${ended}):\n${started.err()}`);
  }

  /** Starts it and does not wait for anything. */
  launch(...more: readonly string[]): StewardProcess {
    if (this.running) throw new Error(`${this.name} runs already`);
    const started = startSteward([...this.#args, ...more], { cwd: this.folder, ...this.runner });
    // At once: a process that stops answering is looked into by what it said last.
    started.child.stderr?.on('data', (text: string) => appendFileSync(this.path(logFile), text));
    this.#process = started;
    return started;
  }

  async startLinked(...more: readonly string[]): Promise<void> {
    await this.start(...more);
    await this.linked();
  }

  /** The link of this life is up; its line of the log. */
  linked(): Promise<LogLine> {
    return waitFor(`the link of ${this.name}`, () => this.says('link: up'), { withinMs: readyWithinMs });
  }

  /** SIGKILL, to the node alone: what it had started goes on. */
  async kill(): Promise<void> {
    this.#process?.child.kill('SIGKILL');
    await this.#process?.ended;
  }

  /** SIGTERM; answers how it ended. */
  async stop(): Promise<number | NodeJS.Signals> {
    if (this.#process === undefined) throw new Error(`${this.name} does not run`);
    this.#process.child.kill('SIGTERM');
    return this.#process.ended;
  }

  /** The log of its last life. */
  log(): readonly LogLine[] {
    const lines = (this.#process?.err() ?? '').split('\n').slice(0, -1);
    return lines.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as LogLine] : []));
  }

  /** The first line of this life's log with that text. */
  says(text: string): LogLine | undefined {
    return this.log().find((line) => line.msg.startsWith(text));
  }

  /** What it has printed on its standard output in this life. */
  printed(): string {
    return this.#process?.out() ?? '';
  }

  /** Pipes a message file into the socket, as netcat does; answers what came back. Rejects when the node breaks off. */
  async pipe(file: string | Uint8Array): Promise<string> {
    const socket = connect(this.path('tmp', 'steward.sock'));
    const pieces: Buffer[] = [];
    socket.on('data', (piece: Buffer) => pieces.push(piece));
    socket.end(file);
    await once(socket, 'close');
    return Buffer.concat(pieces).toString();
  }

  /** One of the commands, in its folder. */
  async steward(...words: readonly string[]): Promise<Said> {
    const asked = startSteward(words, { cwd: this.folder });
    const status = await asked.ended;
    return { status, out: asked.out(), err: asked.err() };
  }

  /** The ids, in the order of the file. Throws what the node refuses. */
  async submit(...messages: readonly MessageFields[]): Promise<readonly string[]> {
    const answer = await this.pipe(JSON.stringify(messages));
    const read = (answer === '' ? {} : JSON.parse(answer)) as { readonly ids?: readonly string[] };
    if (read.ids === undefined) throw new Error(`not accepted: ${answer === '' ? 'no answer' : answer}`);
    return read.ids;
  }

  /** Waits until a message and its reply have come to their end. */
  settled(id: string | undefined, withinMs = 20_000): Promise<MessageView> {
    let seen: MessageView | undefined;
    const look = async (): Promise<MessageView | undefined> => {
      seen = await this.client.message(id ?? '');
      return isSettled(seen) ? seen : undefined;
    };
    return waitFor(`message ${id} to end`, look, { withinMs, everyMs: 25, seen: () => seen });
  }

  /** Submits one message and waits for its end. */
  async ask(message: MessageFields, withinMs = 20_000): Promise<MessageView> {
    const [id] = await this.submit(message);
    return this.settled(id, withinMs);
  }
}

export interface FleetOptions {
  /** Address of the broker. */
  readonly broker: string;
  readonly central?: string;
}

export class Fleet {
  readonly folder: string;
  readonly #options: FleetOptions;
  readonly nodes: FleetNode[] = [];
  readonly #brokers: FleetBroker[] = [];

  private constructor(folder: string, options: FleetOptions) {
    this.folder = folder;
    this.#options = options;
  }

  static async open(options: FleetOptions): Promise<Fleet> {
    return new Fleet(realpathSync(await mkdtemp(join(tmpdir(), 'steward-fleet-'))), options);
  }

  /** A node that has not been started yet. */
  add(name: string, ...args: readonly string[]): FleetNode {
    return this.#add(name, name, args);
  }

  /** A second node of that name, in a folder of its own. */
  addStray(name: string): FleetNode {
    return this.#add(name, `stray-${name}`, []);
  }

  #add(name: string, folder: string, args: readonly string[]): FleetNode {
    const { broker, central = 'central' } = this.#options;
    const known = ['--broker-address', broker, '--central-node-name', central];
    const node = new FleetNode({ name, folder: join(this.folder, folder), args: [...known, ...args] });
    this.nodes.push(node);
    return node;
  }

  /** A broker of our own, beside the one of the options, that has not been started yet. */
  addBroker(): FleetBroker {
    const broker = new FleetBroker(join(this.folder, 'broker'));
    this.#brokers.push(broker);
    return broker;
  }

  /** Nodes that are up and linked. */
  async up<const Names extends readonly string[]>(...names: Names): Promise<{ [K in keyof Names]: FleetNode }> {
    const nodes = names.map((name) => this.add(name));
    await Promise.all(nodes.map((node) => node.startLinked()));
    return nodes as { [K in keyof Names]: FleetNode };
  }

  /** With `keep`, the files stay. */
  async close({ keep = false }: { readonly keep?: boolean } = {}): Promise<void> {
    await Promise.all([...this.nodes, ...this.#brokers].map((member) => member.kill()));
    await waitFor('what the nodes had started to be gone', () => endAll(processesIn(this.folder)));
    if (!keep) await rm(this.folder, { recursive: true, force: true });
  }
}

/** SIGKILL to all of them; answers whether there was nothing to end. */
export function endAll(pids: readonly number[]): boolean {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself in this moment.
    }
  }
  return pids.length === 0;
}
