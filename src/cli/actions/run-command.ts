// steward run: one command on several nodes, each answer under its node's name when it comes.
import { wentWell, type MessageView } from '../../contract/message-view.ts';
import { describeError, StewardError } from '../../model/error.ts';
import type { FactCondition } from '../../model/fact-condition.ts';
import { parseNodeName } from '../../model/node-name.ts';
import type { SocketOption } from '../find-socket.ts';
import { exitStatus, type Shell, type Terminal } from '../terminal.ts';
import { durationText, exitText, stateText } from '../text/message-text.ts';
import { bytesText } from '../text/bytes.ts';
import { lateJoinersText } from '../text/late-joiners-text.ts';
import { table } from '../text/table.ts';
import { openClient } from './open-client.ts';
import { answerJson, printAnswer, printParts, readAnswer, type Answer } from './print-answer.ts';
import { fileNameOf, isScheduled, scheduleFolder, scheduleOf, type ScheduleWanted } from './schedule-of.ts';
import { printCached } from './print-cached.ts';
import { printPreview } from './preview.ts';
import { printSubmitted, warnOfUnheard } from './print-submitted.ts';
import { streamAnswers } from './stream-answers.ts';
import type { Client } from '../../client/client.ts';
import { refuseNoWay } from './ask-node.ts';
import { mostInMessage, readStdin } from './read-stdin.ts';
import { sendWithInput, type CommandMessage } from './send-with-input.ts';
import { CopiesOnTheWay } from './copies-on-the-way.ts';
import { waitForMessages } from './wait-for-messages.ts';

export interface RunOptions extends SocketOption, ScheduleWanted {
  readonly wait: boolean;
  readonly json?: true;
  readonly ordered?: true;
  readonly endsNode?: true;
  readonly detach?: true;
  readonly dryRun?: true;
  /** Names of nodes, with commas between them. */
  readonly via?: string;
  readonly priority?: number;
  readonly lateJoiners?: true;
  /** Ids of messages, with commas between them. */
  readonly after?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
  /** A script for `sh`. */
  readonly onlyIf?: string;
  readonly onlyIfFact?: readonly FactCondition[];
  /** A file, or "-". */
  readonly stdin?: string;
  readonly shell?: true;
  readonly stream?: true;
  readonly cached?: true;
  /** Seconds. */
  readonly maxAge?: number;
  /** Seconds. */
  readonly timeout?: number;
  /** Seconds. */
  readonly expires?: number;
}

export interface Asked {
  /** Names of nodes and @groups, with commas between them. */
  readonly nodes: string;
  readonly command: readonly string[];
}

export async function runCommand(asked: Asked, options: RunOptions, shell: Shell): Promise<void> {
  const { terminal, exitWith } = shell;
  if (options.stream && options.json)
    throw new StewardError('invalid-usage', '--stream prints output as it comes, and --json whole answers', {
      hint: 'leave one of them out',
    });
  if (options.maxAge !== undefined && !options.cached)
    throw new StewardError('invalid-usage', '--max-age is for --cached', { hint: 'leave it out, or add --cached' });
  if (options.cached && (options.stream || options.after !== undefined || options.lateJoiners || !options.wait))
    throw new StewardError('invalid-usage', '--cached sends nothing, and waits for nothing', {
      hint: 'leave out --stream, --after, --late-joiners and --no-wait',
    });
  if (options.onlyIf !== undefined && options.onlyIfFact !== undefined)
    throw new StewardError('invalid-usage', 'a command has one kind of condition: a script, or facts', {
      hint: 'leave out --only-if, or --only-if-fact',
    });
  const client = openClient(options, terminal);
  const stdin = options.stdin === undefined ? undefined : await readStdin(options.stdin, terminal);
  const long = stdin === undefined || stdin instanceof Uint8Array ? undefined : stdin;
  const messages = messageFile(asked, options, stdin instanceof Uint8Array ? stdin : undefined);
  if (long !== undefined) refuseLong(options);
  const file = Buffer.from(JSON.stringify(messages));
  if (options.cached)
    return printCached(client, file, { options: { json: options.json === true, maxAge: options.maxAge }, shell });
  if (options.dryRun) {
    long?.close();
    return printPreview(await client.preview(file), { terminal, json: options.json === true });
  }
  const sentLong = long === undefined ? undefined : await sendWithInput(client, messages[0], { input: long, terminal });
  if (long !== undefined && sentLong === undefined) {
    await terminal.err.write('interrupted before all of the standard input was read: nothing was sent\n');
    return exitWith(exitStatus.interrupted);
  }
  const submission = sentLong?.submitted ?? (await client.submit(file));
  const { ids } = submission;
  if (isScheduled(options) && !options.json && ids.length > 0)
    await terminal.err.write(
      `on a schedule; results go to data/${scheduleFolder}/NODE/${fileNameOf(asked.command)}, look with: steward schedule list --at NODE\n`,
    );
  const ahead = sentLong?.sent.flatMap(({ copy }) => copy ?? []) ?? [];
  if (!options.wait && !options.json && ahead.length > 0)
    await terminal.err.write(
      `the standard input goes ahead, look with: steward status ${ahead[0] ?? ''}${more(ahead)}\n`,
    );
  if (!options.wait || isScheduled(options))
    return printSubmitted(submission, { terminal, json: options.json === true });
  for (const warning of submission.warnings ?? []) await terminal.err.write(`${warning}\n`);
  await warnOfUnheard(submission, terminal);
  if (submission.lateJoiners !== undefined)
    await terminal.err.write(
      `${lateJoinersText(submission.lateJoiners)}: steward status --submission ${submission.submission}\n`,
    );
  if (ids.length === 0) return;
  const copies = sentLong === undefined ? undefined : new CopiesOnTheWay(client, sentLong.sent, terminal);
  try {
    if (options.stream) await stream(client, { ids, copies }, shell);
    else await wait(client, { ids, copies, json: options.json === true }, shell);
  } finally {
    copies?.close();
  }
}

interface OnTheWay {
  readonly ids: readonly string[];
  readonly copies: CopiesOnTheWay | undefined;
}

async function wait(
  client: Client,
  { ids, copies, json }: OnTheWay & { readonly json: boolean },
  { terminal, exitWith }: Shell,
): Promise<void> {
  const views = new Map<string, MessageView>();
  /** Of these the output is not there any more. */
  const lost = new Set<string>();
  const onSettled = async (view: MessageView): Promise<void> => {
    views.set(view.id, view);
    if (view.state === 'cancelled') await copies?.tellFailure(view.id);
    // Of one whose node died what had come is there.
    const hasParts = view.outcome?.streamed !== undefined || (view.outcome !== undefined && view.state === 'unknown');
    const lose = (error: unknown): Promise<Answer> => {
      if (error instanceof StewardError && error.code !== 'too-large') lost.add(view.id);
      return tellLost(error, terminal);
    };
    if (!json && hasParts) return void (await printParts(client, view, terminal).catch(lose));
    const answer = await readAnswer(client, view).catch(lose);
    if (json) await terminal.out.write(`${answerJson(view, answer)}\n`);
    else await printAnswer(view, { answer, ...terminal });
  };
  const end = await waitForMessages({ client, ids, terminal, onSettled, copies });
  const answered = ids.map((id) => views.get(id)).filter((view) => view !== undefined);
  if (!json && answered.length > 0) await terminal.out.write(summary(answered));
  if (end === 'detached') {
    const open = ids.filter((id) => !views.has(id));
    await terminal.err.write(`detached; still on their way, look with: steward status ${open[0] ?? ''}${more(open)}\n`);
    return exitWith(exitStatus.interrupted);
  }
  exitWith(lost.size === 0 && answered.every(wentWell) ? exitStatus.ok : exitStatus.failed);
}

async function stream(client: Client, { ids, copies }: OnTheWay, { terminal, exitWith }: Shell): Promise<void> {
  const views = await streamAnswers(client, ids, { terminal, copies });
  for (const { id, state } of views ?? []) if (state === 'cancelled') await copies?.tellFailure(id);
  if (views === undefined) {
    await terminal.err.write(`detached; the command goes on, look with: steward output --follow ${ids[0] ?? ''}\n`);
    return exitWith(exitStatus.interrupted);
  }
  if (views.length > 1) await terminal.err.write(summary(views));
  else if (views[0] !== undefined && !wentWell(views[0]))
    await terminal.err.write(`${views[0].to}: ${stateText(views[0])}, exit ${exitText(views[0])}\n`);
  exitWith(views.every(wentWell) ? exitStatus.ok : exitStatus.failed);
}

/** One answer that is too large for a line of JSON, or is not kept any more, keeps nobody from the others. */
async function tellLost(error: unknown, { err }: Terminal): Promise<Answer> {
  if (!(error instanceof StewardError) || error.code === 'not-running') throw error;
  await err.write(`${describeError(error)}\n`);
  return { stdout: new Uint8Array(), stderr: new Uint8Array() };
}

/** Where output comes after the end of the command, and is kept here. */
function mayBeLarge(options: RunOptions): boolean {
  return !isScheduled(options) && ![options.stream, options.detach, options.endsNode].includes(true);
}

/** What is sent once, now, to nodes that are known, can have a copy go ahead of it. */
function refuseLong(options: RunOptions): void {
  const other = options.cached
    ? '--cached'
    : isScheduled(options)
      ? 'a schedule'
      : options.lateJoiners
        ? '--late-joiners'
        : undefined;
  if (other === undefined) return;
  throw new StewardError('too-large', `with ${other}, --stdin takes at most ${bytesText(mostInMessage)}`, {
    hint: `copy it with "steward cp", and let the command read it: -- sh -c 'program < file'`,
  });
}

function more(open: readonly string[]): string {
  return open.length > 1 ? ` (and of ${open.slice(1, 10).join(', ')}${open.length > 10 ? ', …' : ''})` : '';
}

function messageFile(
  { nodes, command }: Asked,
  options: RunOptions,
  stdin: Uint8Array | undefined,
): readonly [CommandMessage] {
  refuseNoWay(options.via);
  const names = nodes
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0)
    throw new StewardError('invalid-usage', 'no node is named', { hint: 'steward run ship1,ship2 -- uptime' });
  return [
    {
      toNodes: names.map((name) => (name.startsWith('@') ? name : parseNodeName(name))),
      method: `${options.ordered ? 'cliCommand' : 'nCliCommand'}${options.stream ? 'Cont' : ''}`,
      methodArgs: command,
      ...(isScheduled(options) ? scheduleOf(options, command) : { replyMethod: 'none' }),
      ...(options.timeout === undefined ? {} : { methodTimeout: options.timeout }),
      ...(options.expires === undefined ? {} : { expires: options.expires }),
      ...(options.endsNode ? { endsNode: true } : {}),
      ...(options.detach ? { detach: true } : {}),
      ...(mayBeLarge(options) ? { largeOutput: true } : {}),
      ...(options.via === undefined ? {} : { via: options.via }),
      ...(options.lateJoiners ? { lateJoiners: true } : {}),
      ...(options.after === undefined ? {} : { after: options.after }),
      ...(options.priority === undefined ? {} : { priority: options.priority }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.user === undefined ? {} : { user: options.user }),
      ...(options.onlyIf === undefined ? {} : { onlyIf: ['sh', '-c', options.onlyIf] }),
      ...(options.onlyIfFact === undefined ? {} : { onlyIf: options.onlyIfFact }),
      ...(options.shell ? { useDetectedShell: true } : {}),
      ...(stdin === undefined ? {} : { stdin: { base64: Buffer.from(stdin).toString('base64') } }),
    },
  ];
}

function summary(views: readonly MessageView[]): string {
  const rows = views.map((view) => [view.to, stateText(view), exitText(view), durationText(view)]);
  return `\n${table([['NODE', 'STATE', 'EXIT', 'DURATION'], ...rows])}`;
}
