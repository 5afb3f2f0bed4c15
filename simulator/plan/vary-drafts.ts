// What a share of the messages of a seed has besides: output that comes in parts, a schedule, a priority, other nodes that carry it.
//
// 1. Each has a stream of its own, so that the rest of a seed is what it was without it.
import type { Draft } from '../../src/model/message.ts';
import { Dice } from '../world/dice.ts';
import type { World } from '../world/world.ts';
import { criteria } from './draw-drafts.ts';
import type { Plan } from './plan.ts';

const ofRelay = 8;
const ofPriority = 10;
const ofStreams = 12;
const ofHeld = 14;
const ofSchedules = 16;
/** Of the last messages that its node has sent. */
const recent = 8;

export class Variations {
  private readonly world: World;
  private readonly plan: Plan;
  private readonly relay: Dice;
  private readonly priority: Dice;
  private readonly streams: Dice;
  private readonly held: Dice;
  private readonly schedules: Dice;

  constructor(world: World, plan: Plan, seed: number) {
    this.world = world;
    this.plan = plan;
    this.relay = new Dice(seed, ofRelay);
    this.priority = new Dice(seed, ofPriority);
    this.streams = new Dice(seed, ofStreams);
    this.held = new Dice(seed, ofHeld);
    this.schedules = new Dice(seed, ofSchedules);
  }

  of(
    draft: Draft,
    between: { readonly from: string; readonly nodes: readonly string[]; readonly sent: readonly string[] },
  ): Draft {
    return this.behind(this.byOthers(this.ranked(this.scheduled(this.streamed(draft))), between), between.sent);
  }

  private behind(draft: Draft, sent: readonly string[]): Draft {
    const { held, plan } = this;
    if (plan.held === 0 || !held.chance(plan.held)) return draft;
    const last = sent.slice(-recent);
    const after = last.filter(() => held.chance(0.25)).slice(0, 3);
    return after.length === 0 ? draft : { ...draft, after };
  }

  private streamed(draft: Draft): Draft {
    const { streams, plan } = this;
    if (draft.message.method !== 'cliCommand' || plan.streamed === 0 || !streams.chance(plan.streamed)) return draft;
    return asStream(streams, draft);
  }

  private scheduled(draft: Draft): Draft {
    const { schedules, plan } = this;
    if (plan.scheduled === 0 || !schedules.chance(plan.scheduled)) return draft;
    const { method, ackTimeoutMs, bodySize } = draft.message;
    if (!['cliCommand', 'ping'].includes(method) || ackTimeoutMs === 0 || bodySize > 0) return draft;
    return onSchedule(schedules, draft, plan.pauseMs > 0);
  }

  private ranked(draft: Draft): Draft {
    const { priority, plan } = this;
    if (plan.ranked === 0 || !priority.chance(plan.ranked)) return draft;
    return { ...draft, message: { ...draft.message, priority: priority.of([0, 3, 5, 9]) } };
  }

  private byOthers(draft: Draft, { from, nodes }: { readonly from: string; readonly nodes: readonly string[] }): Draft {
    const { relay, plan } = this;
    if (plan.relayed === 0 || draft.message.ackTimeoutMs === 0 || !relay.chance(plan.relayed)) return draft;
    // Not yet: where its receiver, or a node of its way, loses its store, the sender of a schedule is not told, and shows it as running for ever.
    if (draft.message.schedule !== undefined) return draft;
    const between = nodes.filter((name) => name !== from && name !== draft.message.to);
    const via: string[] = [];
    for (let most = relay.whole(1, 3); most > 0 && via.length < between.length; most -= 1) {
      const name = relay.of(between);
      if (!via.includes(name)) via.push(name);
    }
    if (via.length === 0) return draft;
    this.world.count('relay');
    return { ...draft, message: { ...draft.message, via } };
  }
}

/** A command, as one that prints while it runs. `dice`: a stream of their own. */
function asStream(dice: Dice, { message, body }: Draft): Draft {
  const { endsNode: _endsNode, reply, ...rest } = message;
  const [what = 'print'] = message.args;
  const lines = dice.chance(0.03) ? dice.whole(1_500, 6_000) : dice.chance(0.05) ? 0 : dice.whole(1, 60);
  const method = dice.chance(0.7) ? ('fileAppend' as const) : ('none' as const);
  return {
    body,
    message: {
      ...rest,
      method: 'cliCommandCont',
      args: [what, String(lines), String(dice.chance(0.3) ? dice.whole(1, 8) : 0)],
      fileName: message.fileName === 'replaced' ? 'streams' : message.fileName,
      reply: { args: [], ...criteria, ...reply, method },
    },
  };
}

/** Nobody treats what its runs bring: how often they ran is what the checker counts. */
function onSchedule(dice: Dice, { message, body }: Draft, isLong: boolean): Draft {
  const { endsNode: _endsNode, methodRetries: _retries, methodRetryWaitMs: _wait, reply, ...rest } = message;
  const when = dice.chance(0.7)
    ? ({ type: 'every', intervalMs: dice.of([1_000, 2_000, 7_000]), totalMs: dice.whole(1, 90) * 1_000 } as const)
    : ({
        type: 'cron',
        pattern: isLong ? '*/30 * * * *' : dice.of(['* * * * * *', '*/5 * * * * *', '* * * * *']),
        timezone: 'UTC',
      } as const);
  const schedule = {
    when,
    catchUp: dice.of(['once', 'all', 'none'] as const),
    overlap: dice.chance(0.3),
    jitterMs: dice.chance(0.3) ? dice.whole(1, 900) : 0,
  };
  return { body, message: { ...rest, schedule, reply: { ...criteria, ...reply, method: 'none', args: [] } } };
}
