// A few nodes in one process: the node's own flow, with time, link, store and methods in the hands of one seed.
//
// 1. Everything random comes from the seed, and events are handled in the order of simulated time: a seed replays.
// 2. A commit is durable all or nothing, in order; a crash loses every commit that was not yet confirmed.
import { seededRandom, type Random } from '../../src/base/random.ts';
import { keepAll, type RetentionOptions } from '../../src/flow/options.ts';
import { Flow } from '../../src/flow/flow.ts';
import type { Effect, Notice } from '../../src/flow/effect.ts';
import type { FlowEvent, Prepared, SubmitAnswer } from '../../src/flow/event.ts';
import { noLimits, type Limits } from '../../src/flow/limits.ts';
import type { RunRequest } from '../../src/methods/run.ts';
import { createIdSource } from '../../src/model/id.ts';
import type { Draft, Message } from '../../src/model/message.ts';
import { isOperation, type MethodName } from '../../src/model/method-name.ts';
import type { InboxRecord } from '../../src/model/record.ts';
import type { StoreOp } from '../../src/model/store-op.ts';
import { unpackHead } from '../../src/wire/message-head.ts';
import { parseSubject } from '../../src/model/subject.ts';
import { digestSeals, openPolicy } from '../../src/security/seal.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { EventHeap } from '../../simulator/world/event-heap.ts';
import { failing, notNow, outputOf, pathOf, succeeded, textOf, writeAt } from './simulated-methods.ts';

export { draft } from './simulated-methods.ts';

export interface Faults {
  readonly loss: number;
  readonly duplicate: number;
  /** Longest delay of a packet, ms. */
  readonly delayMs: number;
  /** Longest time that a method takes, ms. */
  readonly methodMs: number;
  /** How often a file method finds that it has to be tried again. */
  readonly retry?: number;
}

export interface SimulatedNode {
  readonly name: string;
  store: MemoryStore;
  flow: Flow | undefined;
  linked: boolean;
  life: number;
  listening: Set<string>;
  storeQueue: StoreJob[];
  /** So much longer does its store take for what is asked of it while it rests. */
  storeMs: number;
  timers: Map<string, number>;
  files: Map<string, string>;
  /** Linked, but nothing reaches it. */
  deaf: boolean;
  groups?: readonly string[];
  /** Beside which there is none. */
  limits: Partial<Limits>;
  /** Its disk is full. */
  full: boolean;
  /** The flow has been told so. */
  stalled: boolean;
  /** Which run holds which file. */
  locks: Map<string, string>;
  /** By inbox order. */
  accepted: Map<number, InboxRecord>;
  /** What its wall clock is ahead of simulated time. */
  wallAhead: number;
  /** Ends a run of a command. */
  aborts: Map<string, (reason: string) => void>;
}

interface StoreJob {
  readonly act: () => void;
  /** Of a commit that may be refused. */
  readonly refuse?: () => void;
  /** A commit: it cannot be done while the disk is full. */
  readonly writes: boolean;
}

interface Run {
  readonly node: string;
  readonly id: string;
  readonly lane: string;
  readonly at: number;
  readonly message: Message;
}

export class SimulatedWorld {
  now = 0;
  readonly random: Random;
  readonly nodes = new Map<string, SimulatedNode>();
  readonly runs: Run[] = [];
  readonly history: string[] = [];
  readonly accepted: { readonly id: string; readonly from: string; readonly draft: Draft }[] = [];
  faults: Faults;
  warnings: string[] = [];
  /** May throw, and then the process of the node crashes there. */
  faultPoint: ((node: SimulatedNode, at: { process: string; point: string }) => void) | undefined;
  /** Of the nodes that start from now on. */
  retention: RetentionOptions = keepAll;
  /** Sees everything that is published. */
  tap: ((subject: string, bytes: Uint8Array) => void) | undefined;
  /** So long does a command take to end that is asked to. */
  endingMs = 1;
  /** Whether this run of a command fails. */
  fails: (run: RunRequest) => boolean = () => false;
  /** Sees what became durable. */
  hear: ((node: string, notice: Notice) => void) | undefined;
  /** Whether two nodes have a broker in common. */
  reaches: (from: string, to: string) => boolean = () => true;
  private readonly heap = new EventHeap();

  constructor(seed: number, faults: Faults) {
    this.random = seededRandom(seed);
    this.faults = faults;
  }

  add(name: string): SimulatedNode {
    const node: SimulatedNode = {
      name,
      store: new MemoryStore(),
      flow: undefined,
      linked: false,
      life: 0,
      listening: new Set(),
      storeQueue: [],
      storeMs: 0,
      timers: new Map(),
      files: new Map(),
      deaf: false,
      limits: {},
      full: false,
      stalled: false,
      locks: new Map(),
      accepted: new Map(),
      wallAhead: 1_700_000_000_000,
      aborts: new Map(),
    };
    this.nodes.set(name, node);
    return node;
  }

  /** A second node of the same name: it hears all that the first one hears. */
  addTwin(of: SimulatedNode, store: MemoryStore): SimulatedNode {
    const twin = this.add(of.name);
    this.nodes.set(of.name, of);
    this.nodes.set(`${of.name} twin`, twin);
    twin.store = store;
    return twin;
  }

  at(delayMs: number, act: () => void): void {
    this.heap.add(this.now + delayMs, act);
  }

  /** Runs until the time, or until nothing is left to happen. */
  runUntil(time: number): void {
    for (let due = this.heap.take(time); due !== undefined; due = this.heap.take(time)) {
      this.now = due.at;
      due.act();
    }
    this.now = Math.max(this.now, time);
  }

  start(node: SimulatedNode): void {
    node.life += 1;
    node.storeQueue = [];
    node.stalled = false;
    node.timers = new Map();
    node.listening = new Set();
    node.locks = new Map();
    const { life } = node;
    const start = this.now;
    const random = seededRandom(Math.floor(this.random.next() * 2 ** 32));
    node.flow = new Flow(
      {
        node: node.name,
        central: 'central',
        version: 'test',
        ...(node.groups === undefined ? {} : { groups: node.groups }),
        boot: Buffer.from(random.bytes(9)).toString('base64url'),
        random,
        wall: () => node.wallAhead + this.now,
        monotonic: () => this.now - start,
        seals: digestSeals,
        policy: openPolicy,
        methods: {
          kindOf: (method: MethodName) =>
            method === 'opCancel'
              ? 'order'
              : method === 'ping' || method === 'none' || isOperation(method)
                ? 'inline'
                : method === 'fileAppend' || method === 'errorLog'
                  ? 'file'
                  : 'process',
          runInline: (request) => succeeded(request.message.method === 'ping' ? 'pong\n' : ''),
        },
        newId: createIdSource({
          now: () => 1_700_000_000_000 + this.now,
          random48: () => Math.floor(random.next() * 2 ** 48),
        }),
        maxRunning: 8,
        faultPoint: (at) => this.faultPoint?.(node, at),
        limits: { ...noLimits, ...node.limits },
        retention: this.retention,
      },
      () => this.at(1, () => node.life === life && this.link(node)),
    );
    this.step(node, { type: 'start' });
  }

  link(node: SimulatedNode): void {
    node.linked = true;
    this.step(node, { type: 'link-up' });
  }

  unlink(node: SimulatedNode): void {
    if (!node.linked) return;
    node.linked = false;
    this.step(node, { type: 'link-down' });
  }

  crash(node: SimulatedNode): void {
    node.flow = undefined;
    node.linked = false;
    node.life += 1;
    this.history.push(`${this.now.toFixed(3)} ${node.name} crash`);
  }

  /** The node dies, and what is put in its store's place is what it finds when it starts again. */
  replaceStore(node: SimulatedNode, store: MemoryStore): void {
    this.crash(node);
    node.store = new MemoryStore(store);
    node.accepted = new Map(node.store.contents().inbox.map((record) => [record.ord, record]));
    this.history.push(`${this.now.toFixed(3)} ${node.name} another store`);
  }

  submit(node: SimulatedNode, drafts: readonly Draft[], hear?: (answer: SubmitAnswer) => void): void {
    const { flow } = node;
    if (flow === undefined) return;
    this.step(node, {
      type: 'submit',
      messages: drafts.map((draft) => flow.newMessage(draft)),
      answer: (answer) => {
        hear?.(answer);
        if (answer.type !== 'accepted') return;
        answer.ids.forEach((id, index) => {
          const draft = drafts[index];
          if (draft !== undefined) this.accepted.push({ id, from: node.name, draft });
        });
      },
    });
  }

  step(node: SimulatedNode, event: FlowEvent): void {
    if (node.flow === undefined) return;
    this.history.push(
      `${this.now.toFixed(3)} ${node.name} ${event.type}${event.type === 'frame' ? ` ${event.subject} ${event.bytes.length}` : ''}`,
    );
    for (const effect of node.flow.step(event)) this.perform(node, effect);
  }

  private perform(node: SimulatedNode, effect: Effect): void {
    const { life } = node;
    const alive = (act: () => void) => () => {
      if (node.life === life) act();
    };
    switch (effect.type) {
      case 'commit': {
        const answer = (error?: string): void =>
          this.step(node, {
            type: 'done',
            token: effect.token,
            result: undefined,
            ...(error === undefined ? {} : { error }),
          });
        return this.enqueue(node, {
          writes: true,
          act: () => {
            node.store.apply(effect.ops);
            this.noteInline(node, effect.ops);
            answer();
          },
          ...(effect.refusable ? { refuse: () => answer('disk full') } : {}),
        });
      }
      case 'query':
        return this.enqueue(node, {
          writes: false,
          act: () => this.step(node, { type: 'done', token: effect.token, result: node.store.query(effect.query) }),
        });
      case 'publish':
        return this.publish(node, effect);
      case 'loop':
        return this.at(
          0,
          alive(() => this.step(node, { type: 'frame', subject: effect.subject, bytes: effect.bytes })),
        );
      case 'listen':
        node.listening.add(effect.peer);
        return;
      case 'unlisten':
        node.listening.delete(effect.peer);
        return;
      case 'timer': {
        const due = this.now + effect.delayMs;
        node.timers.set(effect.key, due);
        return this.at(
          effect.delayMs,
          alive(() => {
            if (node.timers.get(effect.key) !== due) return;
            node.timers.delete(effect.key);
            this.step(node, { type: 'timer', key: effect.key });
          }),
        );
      }
      case 'cancel-timer':
        node.timers.delete(effect.key);
        return;
      case 'prepare': {
        const answer = (result: readonly Prepared[]): void =>
          this.step(node, { type: 'done', token: effect.token, result });
        return this.at(
          0.1,
          alive(() => this.prepare(node, effect.runs, answer)),
        );
      }
      case 'adopt':
        for (const run of effect.runs) node.locks.set(run.key, pathOf(run.message));
        return this.at(
          0.1,
          alive(() => this.step(node, { type: 'done', token: effect.token, result: undefined })),
        );
      case 'arm':
      case 'disarm':
        return;
      case 'release':
        node.locks.delete(effect.key);
        return;
      case 'run':
        return this.run(node, effect);
      case 'end-orphans':
        return this.at(
          1,
          alive(() => this.step(node, { type: 'done', token: effect.token, result: [] })),
        );
      case 'cancel-run':
        return this.at(
          this.endingMs,
          alive(() => node.aborts.get(effect.key)?.(effect.reason)),
        );
      case 'notice':
        return this.hear?.(node.name, effect.notice);
      case 'report':
        this.warnings.push(`${this.now.toFixed(0)} ${node.name}: ${effect.text} ${JSON.stringify(effect.data)}`);
    }
  }

  /** Room on the disk again: what waits is written, in order, and then the flow hears of it. */
  freeDisk(node: SimulatedNode): void {
    node.full = false;
    const { life } = node;
    if (!node.stalled) return;
    node.stalled = false;
    node.storeQueue.push({ writes: false, act: () => this.step(node, { type: 'store-ready' }) });
    this.at(0.1, () => node.life === life && this.serve(node));
  }

  private enqueue(node: SimulatedNode, job: StoreJob): void {
    const { life } = node;
    if (node.stalled && job.refuse !== undefined) {
      const { refuse } = job;
      this.at(0.1, () => node.life === life && refuse());
      return;
    }
    node.storeQueue.push(job);
    if (node.storeQueue.length === 1)
      this.at(0.1 + node.storeMs + this.random.next() * 2, () => node.life === life && this.serve(node));
  }

  /** One after the other. The one at work stays in the queue, so that the next waits for it. */
  private serve(node: SimulatedNode): void {
    const { life } = node;
    const job = node.storeQueue[0];
    if (job === undefined || node.stalled) return;
    if (!node.full || !job.writes) job.act();
    else if (job.refuse !== undefined) job.refuse();
    else return this.stall(node);
    if (node.life !== life) return;
    node.storeQueue.shift();
    if (node.storeQueue.length > 0) this.at(0.1 + this.random.next() * 2, () => node.life === life && this.serve(node));
  }

  /** What has to be written waits, and what comes after it; what may be refused is refused. */
  private stall(node: SimulatedNode): void {
    node.stalled = true;
    const refused = node.storeQueue.filter((job) => job.refuse !== undefined);
    node.storeQueue = node.storeQueue.filter((job) => job.refuse === undefined);
    this.step(node, { type: 'store-stalled', reason: 'disk full' });
    for (const job of refused) job.refuse?.();
  }

  private publish(node: SimulatedNode, effect: Effect & { type: 'publish' }): void {
    if (!node.linked) return;
    this.tap?.(effect.subject, effect.bytes);
    const route = parseSubject(effect.subject);
    if (route === undefined) return;
    const listeners = [...this.nodes.values()].filter((other) =>
      route.type === 'hello'
        ? other.name === 'central' || route.from === 'central' || other.listening.has(route.from)
        : other.name === route.to,
    );
    const reachable = listeners.filter((other) => other.linked && this.reaches(node.name, other.name));
    if (reachable.length === 0 && effect.reply !== undefined) {
      const subject = effect.reply;
      const { life } = node;
      this.at(0.5, () => node.life === life && node.linked && this.step(node, { type: 'no-responders', subject }));
    }
    for (const other of reachable) {
      const copies = this.random.next() < this.faults.loss ? 0 : this.random.next() < this.faults.duplicate ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) {
        this.at(0.1 + this.random.next() ** 3 * this.faults.delayMs, () => {
          if (other.linked && !other.deaf)
            this.step(other, { type: 'frame', subject: effect.subject, bytes: effect.bytes });
        });
      }
    }
  }

  /** Waits while another run holds one of the files, then holds them and says where each run will write. */
  private prepare(
    node: SimulatedNode,
    runs: readonly RunRequest[],
    answer: (prepared: readonly Prepared[]) => void,
  ): void {
    const { life } = node;
    const keys = new Set(runs.map((run) => run.key));
    if ([...node.locks].some(([key, path]) => !keys.has(key) && runs.some((run) => pathOf(run.message) === path))) {
      this.at(1, () => node.life === life && this.prepare(node, runs, answer));
      return;
    }
    const lengths = new Map<string, number>();
    const prepared = runs.map((run): Prepared => {
      const path = pathOf(run.message);
      const at = lengths.get(path) ?? node.files.get(path)?.length ?? 0;
      lengths.set(path, at + textOf(run).length);
      node.locks.set(run.key, path);
      return { type: 'mark', mark: { stdout: at, stderr: 0 } };
    });
    answer(prepared);
  }

  private run(node: SimulatedNode, effect: Effect & { type: 'run' }): void {
    const { life } = node;
    const isFile = effect.runs.some((run) => run.mark !== undefined);
    if (isFile && this.random.next() < (this.faults.retry ?? 0)) {
      this.at(1, () => {
        if (node.life === life)
          this.step(node, { type: 'done', token: effect.token, result: effect.runs.map(() => notNow('disk full')) });
      });
      return;
    }
    for (const run of effect.runs) this.note(node, run.message);
    this.append(node, effect.runs);
    let over = false;
    for (const { key } of effect.runs)
      node.aborts.set(key, (reason) => {
        if (over || node.life !== life) return;
        over = true;
        const { retry: _retry, ...result } = notNow(reason);
        this.step(node, { type: 'done', token: effect.token, result: [result] });
      });
    this.at(0.1 + this.random.next() * this.faults.methodMs, () => {
      if (over || node.life !== life) return;
      over = true;
      const result = effect.runs.map((run) => {
        const ended = succeeded(run.message.method === 'cliCommand' ? outputOf(run.message) : '');
        return this.fails(run) ? failing(ended) : ended;
      });
      this.step(node, { type: 'done', token: effect.token, result });
    });
  }

  /** The runs of one job write one after the other, each at its mark. What is written may be torn anywhere by a crash; the end puts it right. */
  private append(node: SimulatedNode, runs: readonly RunRequest[]): void {
    const { life } = node;
    for (const run of runs) {
      if (run.mark === undefined) return;
      const path = pathOf(run.message);
      const text = textOf(run);
      writeAt(node.files, path, {
        offset: run.mark.stdout,
        text: text.slice(0, Math.floor(this.random.next() * (text.length + 1))),
      });
    }
    this.at(0.05, () => {
      if (node.life !== life) return;
      for (const run of runs)
        writeAt(node.files, pathOf(run.message), { offset: run.mark?.stdout ?? 0, text: textOf(run) });
      for (const run of runs) node.locks.delete(run.key);
    });
  }

  /** A pure method has run when, and only when, the commit that holds its outcome is durable. */
  private noteInline(node: SimulatedNode, ops: readonly StoreOp[]): void {
    for (const op of ops) {
      if (op.op === 'inbox-add') node.accepted.set(op.record.ord, op.record);
      const ended =
        op.op === 'inbox-end'
          ? node.accepted.get(op.ord)
          : op.op === 'inbox-add' && op.record.state === 'ended'
            ? op.record
            : undefined;
      if (ended === undefined) continue;
      const message = unpackHead(JSON.parse(ended.head), { from: ended.from, to: node.name, lane: ended.lane });
      if (message.method === 'ping' || message.method === 'none') this.note(node, message);
    }
  }

  private note(node: SimulatedNode, message: Message): void {
    const lane = `${message.from}>${message.to} ${message.method}${message.replyTo === undefined ? '' : `<${message.replyTo.method}`}${message.priority ?? ''}${message.unordered ? '*' : ''}`;
    this.runs.push({ node: node.name, id: message.id, lane, at: this.now, message });
    this.history.push(`${this.now.toFixed(3)} ${node.name} run ${message.id}`);
  }
}
