// The flow: a message from intake to reply, as one machine without I/O. (state, event) → (state, effects).
//
// Boundary. From: the engine (node/) or the simulator, one event at a time. To: the same, as effects in order.
// 1. The same events with the same random numbers give the same effects: a run can be replayed.
// 2. No event makes it throw: what cannot be read is counted and dropped (P9).
import { StewardError } from '../model/error.ts';
import type { Draft, MessageId } from '../model/message.ts';
import type { ProcessRow } from '../model/process-row.ts';
import { acksFor, allHellos, helloSubject, messagesFor, parseSubject } from '../model/subject.ts';
import { sayHello } from './say-hello.ts';
import { Acknowledgements } from './acknowledge.ts';
import { cancel } from './cancel.ts';
import { cancelHere } from './cancel-here.ts';
import { carry } from './carry.ts';
import { Context } from './context.ts';
import { saveTime } from './deadline.ts';
import type { FlowOptions } from './options.ts';
import type { Effect } from './effect.ts';
import type { FlowEvent } from './event.ts';
import type { InLanes } from './in-lane.ts';
import { forgetRequests } from './forget-requests.ts';
import { HearFirst } from './hear-first.ts';
import { HeardPassages } from './hear-passage.ts';
import { InboxRoom } from './inbox-room.ts';
import type { Ledger } from './ledger.ts';
import { newMessage, type NewMessage } from './new-message.ts';
import { onLinkDown, onNoResponders, wake, type Peers } from './presence.ts';
import { isWanted, listen, mayBeThere } from './ask.ts';
import { noteAnswered } from './note-answered.ts';
import { operate } from './operate.ts';
import { isNear } from './peer.ts';
import { moveOutranked } from './move-peer.ts';
import { LetsGo } from './let-go.ts';
import { listProcesses } from './process-list.ts';
import { Receiver } from './receive.ts';
import { Bodies } from './receive-body.ts';
import { restart } from './restart.ts';
import { Retention } from './retain.ts';
import { Runner } from './run.ts';
import { answerOrder, openSchedules } from './schedule/open-schedules.ts';
import type { Schedules } from './schedule/schedules.ts';
import { submit } from './submit.ts';
import { tellErrors } from './tell-errors.ts';
import { Passages } from './tell-passage.ts';
import { wakeAll } from './wake-all.ts';

export class Flow {
  private readonly context: Context;
  private readonly peers: Peers = new Map();
  private readonly inLanes: InLanes = new Map();
  private readonly acknowledgements: Acknowledgements;
  private readonly runner: Runner;
  private readonly bodies: Bodies;
  private readonly room: InboxRoom;
  private readonly receiver: Receiver;
  private readonly retention: Retention;
  private readonly hearFirst: HearFirst;
  private readonly passages: Passages;
  private readonly heard: HeardPassages;
  private readonly schedules: Schedules;
  private readonly letsGo: LetsGo;
  private readonly onReady: () => void;

  /** `onReady` is called, inside a step, when the store has been taken up and the link may be opened. */
  constructor(options: FlowOptions, onReady: () => void) {
    this.context = new Context(options);
    this.onReady = onReady;
    this.room = new InboxRoom(this.context);
    this.acknowledgements = new Acknowledgements(this.context, this.inLanes, this.room);
    this.context.noteAnswered = (by, to) => noteAnswered(this.context, this.peers.get(by), to);
    this.context.beforeWord = (to) => this.acknowledgements.sendSoon(to);
    this.context.isNear = (name) => isNear(this.peers.get(name));
    this.runner = new Runner(this.context, this.peers, this.acknowledgements);
    this.bodies = new Bodies(this.context, this.acknowledgements);
    const { acknowledgements, bodies, runner, room } = this;
    const parts = { acknowledgements, bodies, runner, room };
    const cancelParts = { inLanes: this.inLanes, jobs: this.runner.jobs };
    this.schedules = openSchedules(this.context, { ...cancelParts, acceptance: parts });
    const stages = { peers: this.peers, inLanes: this.inLanes, runner: this.runner, schedules: this.schedules };
    this.context.operate = (message) => operate(this.context, stages, message);
    this.context.carryOut = (message, done) => cancelHere(this.context, cancelParts, { message, done });
    this.context.carry = (passing) => carry(this.context, { peers: this.peers, bodies: this.bodies }, passing);
    this.heard = new HeardPassages(this.context, this.peers);
    this.context.hearPassage = (word) => this.heard.hear(word);
    this.passages = new Passages(this.context, this.peers);
    this.letsGo = new LetsGo(this.context, this.peers);
    this.hearFirst = new HearFirst(this.context, (lane) => this.runner.runNext(lane));
    this.retention = new Retention(this.context, this.bodies);
    this.receiver = new Receiver(this.context, { peers: this.peers, inLanes: this.inLanes, parts });
  }

  step(event: FlowEvent): readonly Effect[] {
    try {
      this.handle(event);
    } catch (error) {
      if (event.type !== 'frame' || !(error instanceof StewardError) || error.code !== 'invalid-frame') throw error;
      this.receiver.drop(error.message, event.subject);
    }
    this.context.restartCrashed();
    moveOutranked(this.context);
    this.context.restartCrashed();
    this.acknowledgements.flush();
    for (const [sender, nonce] of this.room.takeReleased()) this.acknowledgements.owe(sender, nonce);
    this.acknowledgements.flush();
    this.heard.look();
    this.passages.look();
    this.letsGo.look();
    this.retention.look();
    return this.context.takeEffects();
  }

  /** For the event `submit`. Changes nothing. */
  newMessage(draft: Draft): NewMessage {
    return newMessage(this.context.options, draft);
  }

  /** As a message has one; for a submission that is named before it has a message. */
  newId(): MessageId {
    return this.context.options.newId();
  }

  /** What is known of other nodes, for people. */
  knownPeers(): Peers {
    return this.peers;
  }

  /** How much waits here, in memory as in the store. */
  waiting(): Ledger {
    return this.context.ledger;
  }

  /** What is under way, for people. */
  processes(): readonly ProcessRow[] {
    return listProcesses(this.context, { peers: this.peers, inLanes: this.inLanes });
  }

  /** How long this node has run in all its lives, in ms: deadlines are reckoned in it. */
  nodeTime(): number {
    return this.context.nodeTime();
  }

  isLinkUp(): boolean {
    return this.context.linkUp;
  }

  /** The subjects that a node listens to as long as it lives. */
  subjects(): readonly string[] {
    const { node, options } = this.context;
    return [messagesFor(node), acksFor(node), node === options.central ? allHellos : helloSubject(options.central)];
  }

  private handle(event: FlowEvent): void {
    switch (event.type) {
      case 'start':
        return restart(this.context, this.stages(), () => {
          this.context.ready = true;
          this.heard.begin();
          this.schedules.begin();
          this.onReady();
          for (const peer of this.peers.values()) if (isWanted(peer)) wake(this.context, peer);
        });
      case 'submit':
        return submit(this.context, this.peers, event);
      case 'cancel':
        return cancel(this.context, this.peers, event);
      case 'schedule':
        return answerOrder(this.context, this.schedules, event);
      case 'errors':
        return tellErrors(
          this.context,
          { ...this.stages(), acknowledgements: this.acknowledgements, room: this.room },
          event,
        );
      case 'forget':
        return forgetRequests(this.context, this.peers, event);
      case 'link-up':
        return this.linkUp();
      case 'link-down':
        this.context.linkUp = false;
        this.acknowledgements.endWaiting();
        return onLinkDown(this.context, this.peers);
      case 'frame':
        return this.context.ready ? this.receiver.receive(event.subject, event.bytes) : undefined;
      case 'no-responders':
        return this.noResponders(event.subject);
      case 'timer':
      case 'done':
        return this.context.resume(event);
      case 'parts':
        return this.runner.jobs.parts.take(event);
      case 'spawned':
        return this.runner.jobs.spawned(event);
      case 'store-stalled':
        this.context.stalled = event.reason;
        return;
      case 'store-ready':
        this.context.stalled = undefined;
        for (const [sender, nonce] of this.room.takeStalled()) this.acknowledgements.sayHeld(sender, nonce);
        this.runner.release();
        this.schedules.begin();
        return wakeAll(this.context, this.peers);
      case 'stop':
        // What has a time waits for no time that was not saved.
        if (this.context.ready && this.context.soonestDeadline !== undefined) saveTime(this.context);
        if (this.context.ready) this.schedules.stop();
        this.context.stopping = true;
        this.acknowledgements.endWaiting();
        this.runner.jobs.stop();
    }
  }

  private stages(): Parameters<typeof restart>[1] {
    return {
      peers: this.peers,
      inLanes: this.inLanes,
      bodies: this.bodies,
      runner: this.runner,
      receiver: this.receiver,
      hearFirst: this.hearFirst,
      schedules: this.schedules,
    };
  }

  private linkUp(): void {
    const { context } = this;
    // Of several brokers another one is there: who was nowhere may be at that.
    if (context.linkUp) for (const peer of this.peers.values()) mayBeThere(context, peer);
    context.linkUp = true;
    this.hearFirst.linkUp();
    sayHello(context);
    for (const lane of this.inLanes.values()) this.runner.tellWhatRuns(lane);
    // Whether one that has accepted something loses it is known from its hello.
    for (const peer of this.peers.values()) if (peer.confirmed !== null) listen(context, peer);
    wakeAll(this.context, this.peers);
  }

  private noResponders(subject: string): void {
    const route = parseSubject(subject);
    const peer = route?.type === 'ack' && route.to === this.context.node ? this.peers.get(route.from) : undefined;
    if (peer !== undefined) onNoResponders(this.context, peer);
  }
}
