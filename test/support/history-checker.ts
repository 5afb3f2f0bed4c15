// Judges what nodes did through crashes, from what can be seen outside: what was accepted, what ran, how it ended, what was answered.
// Pure: test/unit/support/history-checker.test.ts shows that each rule can fail.

/** What may happen to a message: run once; run again after a crash; append its line once to a file. */
export type Kind = 'once' | 'rerun' | 'append';

export interface SubmittedMessage {
  readonly number: number;
  readonly from: string;
  readonly to: string;
  /** The name of its lane between the two; unordered if it ends in "*". */
  readonly lane: string;
  readonly kind: Kind;
  /** How its command ends if it is left alone. */
  readonly plan: 'succeeded' | 'failed' | 'timedOut';
  /** It may expire: its criteria are short. */
  readonly mayExpire: boolean;
  /** Absent where the node died before it had answered: it may or may not have been accepted. */
  readonly id?: string;
}

/** A line of a node's counter file. Times in ms since 1970. */
export interface RunLine {
  readonly type: 'start' | 'end';
  readonly number: number;
  readonly at: number;
}

export interface Kill {
  readonly node: string;
  /** Before the signal was sent. */
  readonly at: number;
  /** When the node was started again: what it had handed over before its death may have started until then. */
  readonly until: number;
}

/** An answer as it stands in its sender's file. */
export interface AnswerLine {
  readonly sender: string;
  readonly node: string;
  readonly lane: string;
  readonly number: number;
}

export interface History {
  /** In the order of submission: a sender's next one is submitted when the one before was answered, or never will be. */
  readonly submitted: readonly SubmittedMessage[];
  /** By node, in the order of its file. */
  readonly runs: ReadonlyMap<string, readonly RunLine[]>;
  /** By id: the state, when all has come to rest. */
  readonly states: ReadonlyMap<string, string>;
  /** In the order of their files. */
  readonly answers: readonly AnswerLine[];
  readonly kills: readonly Kill[];
  /** Unordered messages of a lane that run at once, at most. */
  readonly maxRunning: number;
  /** So long may an outcome take to become durable: a command that ended earlier before a kill cannot be unknown. 1 s unless given. */
  readonly recordingMs?: number;
}

const ended: ReadonlySet<string> = new Set(['succeeded', 'failed', 'timedOut']);

/** A history whose files are sorted by message: thousands of messages look into thousands of lines. */
interface Judged extends History {
  readonly linesByNumber: ReadonlyMap<string, ReadonlyMap<number, readonly RunLine[]>>;
  readonly answersByNumber: ReadonlyMap<number, readonly AnswerLine[]>;
}

/** What is wrong, one sentence each; empty if nothing is. */
export function checkHistory(given: History): readonly string[] {
  const linesByNumber = new Map([...given.runs].map(([node, lines]) => [node, sortByNumber(lines)]));
  const history: Judged = { ...given, linesByNumber, answersByNumber: sortByNumber(given.answers) };
  return [
    ...checkStrangers(history),
    ...history.submitted.flatMap((message) => [...checkEnd(history, message), ...checkAnswer(history, message)]),
    ...checkUnknown(history),
    ...lanesOf(history).flatMap((lane) => checkOrder(history, lane)),
  ];
}

function sortByNumber<T extends { readonly number: number }>(items: readonly T[]): ReadonlyMap<number, readonly T[]> {
  const sorted = new Map<number, T[]>();
  for (const item of items) {
    const known = sorted.get(item.number);
    if (known === undefined) sorted.set(item.number, [item]);
    else known.push(item);
  }
  return sorted;
}

function checkStrangers({ submitted, runs, answers }: History): readonly string[] {
  const target = new Map(submitted.map(({ number, to }) => [number, to]));
  const ran = [...runs].flatMap(([node, lines]) =>
    lines
      .filter(({ number }) => target.get(number) !== node)
      .map(({ number }) => `${number} ran on ${node}, for which it was not`),
  );
  const answered = answers
    .filter(({ number, node }) => target.get(number) !== node)
    .map(({ number, node }) => `an answer of ${node} to ${number}, which was not for it`);
  return [...ran, ...answered];
}

function checkEnd(history: Judged, message: SubmittedMessage): readonly string[] {
  const { number, id, kind, plan, to, mayExpire } = message;
  const count = startsOf(history, message).length;
  const most = kind === 'rerun' ? 1 + history.kills.filter((kill) => kill.node === to).length : 1;
  const wrong: string[] = [];
  const say = (what: string): void => void wrong.push(`${number} (${id ?? 'unanswered'}) ${what}`);
  if (count > most) say(`ran ${count} times, at most ${most} are allowed`);
  if (id === undefined) return wrong;
  const state = history.states.get(id);
  if (state === undefined) say('is not known to its sender any more');
  else if (ended.has(state)) {
    if (count === 0) say(`is ${state} and never ran`);
    if (state !== plan) say(`is ${state}, and should be ${plan}`);
  } else if (state === 'unknown') {
    if (kind !== 'once') say('is unknown, although it may run again');
  } else if (state === 'expired') {
    if (!mayExpire) say('has expired before its time');
    if (count > 0) say('has expired, and ran');
  } else say(`did not come to an end: it is ${state}`);
  return wrong;
}

function checkAnswer(history: Judged, message: SubmittedMessage): readonly string[] {
  const { number, id, kind } = message;
  if (kind === 'append') return [];
  const count = history.answersByNumber.get(number)?.length ?? 0;
  const state = id === undefined ? undefined : history.states.get(id);
  const least = state !== undefined && ended.has(state) ? 1 : 0;
  const most = id === undefined ? 1 : least;
  if (count >= least && count <= most) return [];
  return [`${number} (${id ?? 'unanswered'}) is ${state ?? 'in an unknown state'} and was answered ${count} times`];
}

/** Every unknown is explained by a kill of its node while it ran, or was about to. */
function checkUnknown(history: Judged): readonly string[] {
  const wrong: string[] = [];
  const { recordingMs = 1_000 } = history;
  for (const lane of lanesOf(history)) {
    const kills = history.kills.filter((kill) => kill.node === lane.to);
    const capacity = lane.lane.endsWith('*') ? history.maxRunning : 1;
    const unknown = lane.messages.filter(({ id }) => id !== undefined && history.states.get(id) === 'unknown');
    const byKill = new Map<Kill, number>();
    for (const message of unknown) {
      const started = startsOf(history, message)[0];
      if (started === undefined) continue;
      const kill = kills.find(({ until }) => until >= started.at);
      const end = linesOf(history, message).find(({ type }) => type === 'end');
      if (kill === undefined) wrong.push(`${message.number} is unknown, and ${lane.to} was not killed after its start`);
      else if (end !== undefined && end.at < kill.at - recordingMs)
        wrong.push(`${message.number} is unknown, and had ended ${Math.round(kill.at - end.at)} ms before the kill`);
      else byKill.set(kill, (byKill.get(kill) ?? 0) + 1);
    }
    for (const count of byKill.values())
      if (count > capacity) wrong.push(`one kill made ${count} of lane ${nameOf(lane)} unknown, ${capacity} could run`);
    if (unknown.length > kills.length * capacity)
      wrong.push(`${unknown.length} of lane ${nameOf(lane)} are unknown after ${kills.length} kills`);
  }
  return wrong;
}

interface Lane {
  readonly from: string;
  readonly to: string;
  readonly lane: string;
  readonly messages: readonly SubmittedMessage[];
}

function lanesOf({ submitted }: History): readonly Lane[] {
  const lanes = new Map<string, Lane & { readonly messages: SubmittedMessage[] }>();
  for (const message of submitted) {
    const { from, to, lane } = message;
    const name = `${from} ${to} ${lane}`;
    const known = lanes.get(name) ?? { from, to, lane, messages: [] };
    known.messages.push(message);
    lanes.set(name, known);
  }
  return [...lanes.values()];
}

function nameOf({ from, to, lane }: Lane): string {
  return `${from} → ${to} ${lane}`;
}

/** Runs and answers come in the order of submission, and the next one starts when the one before it is over. */
function checkOrder(history: History, lane: Lane): readonly string[] {
  if (lane.lane.endsWith('*')) return [];
  const place = new Map(lane.messages.map(({ number }, index) => [number, index]));
  const lines = (history.runs.get(lane.to) ?? []).filter(({ number }) => place.has(number));
  const wrong: string[] = [];
  let newest: RunLine | undefined;
  for (const line of lines) {
    const before = place.get(newest?.number ?? -1) ?? -1;
    const now = place.get(line.number) ?? -1;
    if (now < before)
      wrong.push(`in lane ${nameOf(lane)} the ${line.type} of ${line.number} comes after ${newest?.number}`);
    if (line.type === 'start') newest = line;
  }
  const answered = history.answers.filter(({ sender, number }) => sender === lane.from && place.has(number));
  for (const [index, { number }] of answered.entries()) {
    const before = answered[index - 1]?.number ?? number;
    if ((place.get(number) ?? 0) < (place.get(before) ?? 0))
      wrong.push(`in lane ${nameOf(lane)} the answer of ${number} comes after that of ${before}`);
  }
  return wrong;
}

function linesOf({ linesByNumber }: Judged, { to, number }: SubmittedMessage): readonly RunLine[] {
  return linesByNumber.get(to)?.get(number) ?? [];
}

function startsOf(history: Judged, message: SubmittedMessage): readonly RunLine[] {
  return linesOf(history, message).filter(({ type }) => type === 'start');
}
