// Does what the flow of a simulated machine wants done: the counterpart of src/node/engine.ts.
import type { Effect } from '../../src/flow/effect.ts';
import type { Machine } from './machine.ts';

export function perform(machine: Machine, effect: Effect): void {
  const { world, disk, methods } = machine;
  const { life } = machine;
  switch (effect.type) {
    case 'commit':
      return disk.commit(effect.ops, effect.refusable, answer(machine, effect.token, life));
    case 'query':
      return disk.query(effect.query, answer(machine, effect.token, life));
    case 'publish':
      return world.network.publish(machine, effect);
    case 'loop':
      return world.at(0, () => {
        if (machine.life === life) machine.step({ type: 'frame', subject: effect.subject, bytes: effect.bytes });
      });
    case 'listen':
      machine.listening.add(effect.peer);
      return;
    case 'unlisten':
      machine.listening.delete(effect.peer);
      return;
    case 'timer':
      return setTimer(machine, effect.key, effect.delayMs);
    case 'cancel-timer':
      machine.timers.delete(effect.key);
      return;
    case 'prepare':
      return methods.prepare(effect.runs, answer(machine, effect.token, life));
    case 'adopt':
      return methods.adopt(effect.runs, answer(machine, effect.token, life));
    case 'arm':
    case 'disarm':
      return;
    case 'release':
      return methods.release(effect.key);
    case 'run':
      return methods.run(effect.runs, answer(machine, effect.token, life));
    case 'cancel-run':
      return methods.cancel(effect.key, effect.reason);
    case 'end-orphans':
      return methods.endOrphans(effect.orphans, answer(machine, effect.token, life));
    case 'notice':
      if (effect.notice.type === 'state') world.note(machine, effect.notice.state, effect.notice.id);
      return;
    case 'report':
      world.warn(machine, effect.text, effect.data);
  }
}

function answer(machine: Machine, token: number, life: number) {
  return (result: unknown, error?: string): void => {
    if (machine.life === life) machine.step({ type: 'done', token, result, ...(error === undefined ? {} : { error }) });
  };
}

/** A timer may fire up to a millisecond before the clock says so, as those of Node do. */
function setTimer(machine: Machine, key: string, delayMs: number): void {
  const { world, timers } = machine;
  const due = world.now + machine.clock.realDelay(Math.max(0, delayMs - machine.dice.next()));
  timers.set(key, due);
  const { life } = machine;
  world.at(due - world.now, () => {
    if (machine.life !== life || timers.get(key) !== due) return;
    timers.delete(key);
    machine.step({ type: 'timer', key });
  });
}
