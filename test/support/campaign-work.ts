// What a campaign has done, and the files by which it is seen: a command writes its number when it starts and when it ends, and
// answers with it; an appended message is its number on a line.
import { readFileSync } from 'node:fs';
import type { Random } from '../../src/base/random.ts';
import type { FleetNode, MessageFields } from './fleet.ts';
import type { AnswerLine, SubmittedMessage } from './history-checker.ts';

/** What is submitted, and how fast. */
export interface CampaignStyle {
  /** Of a submission: at least 1, at most so many. */
  readonly batch: number;
  /** Between two submissions of a node: at least 20, at most so much more. */
  readonly pauseMs: number;
  /** How many of all messages append a line to a file. */
  readonly appends: number;
  /** The longest that a command works. */
  readonly workMs: number;
  /** Every so manieth answer is too large for one batch. */
  readonly largeEvery: number;
  /** Nothing more is submitted while a node has so many under way. */
  readonly mostWaiting: number;
  /** So long may an outcome take to become durable. */
  readonly recordingMs: number;
}

export const defaultStyle: CampaignStyle = {
  batch: 4,
  pauseMs: 250,
  appends: 0.2,
  workMs: 400,
  largeEvery: 17,
  mostWaiting: Number.POSITIVE_INFINITY,
  recordingMs: 1_000,
};

export type Planned = Omit<SubmittedMessage, 'id'>;

export const runFile = 'runs';
export const appendFile = 'appended';
const answerFolder = 'answers';
/** Lines of an answer that is too large for one batch; all the others have one. */
const largeLines = 20_000;

export function fieldsOf(message: Planned, random: Random, { workMs, largeEvery }: CampaignStyle): MessageFields {
  const { number, to, lane, kind, plan, mayExpire } = message;
  if (kind === 'append') return { toNode: to, method: 'fileAppend', data: `${number}\n`, fileName: appendFile };
  const work = plan === 'timedOut' ? 'sleep 30' : `sleep ${((random.next() ** 3 * workMs) / 1000).toFixed(3)}`;
  const answer = isLarge(number, largeEvery) ? `yes ${number} | head -n ${largeLines}` : `echo ${number}`;
  const script = `echo "start ${number} $EPOCHREALTIME" >> ${runFile}; ${answer}; ${work}; echo "end ${number} $EPOCHREALTIME" >> ${runFile}; exit ${plan === 'failed' ? 3 : 0}`;
  return {
    toNode: to,
    method: 'cliCommand',
    methodArgs: ['bash', '-c', script],
    unordered: lane.endsWith('*'),
    rerun: kind === 'rerun' ? 'always' : 'never',
    methodTimeout: plan === 'timedOut' ? 1 : 120,
    directory: answerFolder,
    fileName: fileOf(lane),
    ...(mayExpire ? { ACKTimeout: 1, retries: 0, replyACKTimeout: 10, replyRetries: -1 } : {}),
  };
}

function fileOf(lane: string): string {
  return lane.endsWith('*') ? 'unordered' : 'ordered';
}

function isLarge(number: number, largeEvery: number): boolean {
  return number % largeEvery === 0;
}

/** A part of an answer counts as an answer to a message that never was: the negative number. */
export function answersOf(
  { from, to }: { readonly from: FleetNode; readonly to: FleetNode },
  largeEvery: number,
): readonly AnswerLine[] {
  return ['cliCommand', 'cliCommand*'].flatMap((lane) => {
    const lines = readLines(from.dataPath(answerFolder, to.name, fileOf(lane))).map(Number);
    const answers: AnswerLine[] = [];
    for (let at = 0; at < lines.length;) {
      const number = lines[at] ?? Number.NaN;
      const size = isLarge(number, largeEvery) ? largeLines : 1;
      const whole = at + size <= lines.length && lines.slice(at, at + size).every((line) => line === number);
      answers.push({ sender: from.name, node: to.name, lane, number: whole ? number : -number });
      at += whole ? size : 1;
    }
    return answers;
  });
}

export function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
