// Every kind of fault that a seed may inject, by name: the names of `--only`, of the report and of docs/reliability.md.

export const faultTable = {
  delay: 'a frame, and all behind it, held up for up to 20 s',
  loss: 'a frame lost',
  duplicate: 'a frame delivered twice',
  reorder: 'a frame that others overtake',
  late: 'a frame that arrives one to six hours later',
  damage: 'a frame with a wrong byte',
  version: 'a frame of another version of the wire format',
  cut: 'the connection of a node to the broker lost',
  partition: 'some nodes cut off from the others; the broker may know it, or not',
  deaf: 'a link on which a node is heard, and hears nothing',
  mute: 'a link on which a node hears, and is not heard',
  broker: 'a broker that restarts, with all that it held',
  crash: 'a process killed at any moment; its commands live on',
  power: 'power cut: what was not synced is gone, or half there',
  'crash-before': 'a process that dies at a commit that is not done',
  'crash-after': 'a process that dies at a commit that is done and not yet confirmed',
  stop: 'an orderly stop',
  process: 'a process inside the node that crashes in a step, and is begun anew by its supervisor',
  'mid-run': 'a process that dies while its method runs',
  torn: 'a file whose write was cut by a crash: a prefix, or holes',
  full: 'a disk without room for a while',
  wipe: 'a store lost',
  restore: 'a store restored from an older copy, which it may know, or not',
  twin: 'one store on two machines that run at once',
  'clock-jump': 'a wall clock that jumps, forward or back',
  'clock-fast': 'clock and timers of a machine that run fast',
  'clock-1970': 'a wall clock that says 1970',
  slow: 'a method that takes seconds',
  hang: 'a method that does not end by itself',
  expiry: 'a message whose time runs out before it is settled',
  cancel:
    'messages taken back by their sender: one, those of a lane, or all for a node; waiting, under way, or running',
  relay: 'a message that goes by one to three other nodes, each of which carries it on',
  stray: 'a second node of the same name, with a store of its own, for a while',
} as const;

export type FaultKind = keyof typeof faultTable;

export const faultKinds = Object.keys(faultTable) as readonly FaultKind[];

/** Of these one is one frame. */
export const packetFaults: readonly FaultKind[] = [
  'delay',
  'loss',
  'duplicate',
  'reorder',
  'late',
  'damage',
  'version',
];

/** Of these one is one death of a process. */
export const deaths: readonly FaultKind[] = ['crash', 'power', 'crash-before', 'crash-after', 'stop', 'mid-run'];

export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(faultTable, text);
}

export type Tally = Record<FaultKind, number>;

export function newTally(): Tally {
  return Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Tally;
}
