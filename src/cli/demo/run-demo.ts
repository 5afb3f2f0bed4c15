// steward demo: sets the stage, lets the story happen, and clears up, whatever comes in between.
import { systemClock, systemTimers } from '../../base/clock.ts';
import { describeError, StewardError } from '../../model/error.ts';
import { exitStatus, type Shell, type Terminal } from '../terminal.ts';
import { oneLine, printable } from '../text/printable.ts';
import { ask } from './ask.ts';
import { createCrew, logTail, type Crew, type Member } from './crew.ts';
import { demoFolder, makeDemoFolder } from './demo-folder.ts';
import { centralSocket, memberNames, tellStory, type Told } from './story.ts';

export interface DemoOptions {
  readonly once?: true;
}

type Ending = { readonly how: 'came true' | 'interrupted' } | { readonly how: 'broke'; readonly error: unknown };

/** Ctrl-C is the reason why the story stopped. */
const interrupt = Symbol('interrupt');

/** Throws `invalid-usage` and `already-running` before anything is started. */
export async function runDemo(options: DemoOptions, shell: Shell): Promise<void> {
  const { terminal, exitWith } = shell;
  const stop = new AbortController();
  const stopListening = terminal.onInterrupt(() => stop.abort(interrupt));
  const lost: Member[] = [];
  let telling = true;
  try {
    await refuseSecond(terminal, stop.signal);
    await makeDemoFolder(memberNames);
    await terminal.out.write(`In ./${demoFolder}: a broker, central and three ships, each a process of its own.\n`);
    const onLost = (member: Member, how: string): void => {
      lost.push(member);
      if (telling) stop.abort(new Error(`${member.name} ended (${how})`));
      else void terminal.out.write(`${member.name} ended (${how}); start it again: ${restart(member)}\n`);
    };
    const crew = createCrew({ terminal, timers: systemTimers, onLost });
    try {
      const ending = await play({ terminal, crew, stop }, async (told) => {
        telling = false;
        if (options.once) return;
        await terminal.out.write(whatNext(told));
        await interrupted(stop.signal);
      });
      await report(ending, { terminal, lost, exitWith });
    } finally {
      telling = false;
      await crew.stop();
    }
    await terminal.out.write('Everything that was started has ended.\n');
  } finally {
    stopListening();
  }
}

interface Play {
  readonly terminal: Terminal;
  readonly crew: Crew;
  readonly stop: AbortController;
}

async function play({ terminal, crew, stop }: Play, afterwards: (told: Told) => Promise<void>): Promise<Ending> {
  const { signal } = stop;
  try {
    const told = await tellStory({ terminal, crew, clock: systemClock, timers: systemTimers, signal });
    await afterwards(told);
    return { how: 'came true' };
  } catch (error) {
    if (signal.reason === interrupt) return { how: 'interrupted' };
    // A lost member is the cause of whatever failed because of it.
    return { how: 'broke', error: signal.aborted ? signal.reason : error };
  }
}

type Reporting = Pick<Shell, 'terminal' | 'exitWith'> & { readonly lost: readonly Member[] };

async function report(ending: Ending, { terminal, lost, exitWith }: Reporting): Promise<void> {
  if (ending.how === 'interrupted') exitWith(exitStatus.interrupted);
  if (ending.how !== 'broke') return;
  exitWith(exitStatus.failed);
  for (const member of lost) {
    await terminal.err.write(`the end of ${member.logFile}:\n${printable(await logTail(member))}\n`);
  }
  const hint = `the logs lie in ${demoFolder}/*/node.log`;
  await terminal.err.write(`steward: the demo broke off: ${oneLine(describeError(ending.error))} (${hint})\n`);
}

async function refuseSecond(terminal: Terminal, signal: AbortSignal): Promise<void> {
  const { status } = await ask({ args: ['status', '--socket', centralSocket], terminal, signal });
  if (status !== 0) return;
  throw new StewardError('already-running', `a demo runs in ./${demoFolder} already`, {
    hint: 'end it with Ctrl-C, or run this one in another folder',
  });
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function restart(member: Member): string {
  return `(cd ${demoFolder}/${member.name} && npx steward ${member.name === 'broker' ? 'broker' : 'node'})`;
}

function whatNext({ id, members }: Told): string {
  const socket = `--socket ${centralSocket}`;
  const ship3 = members.find(({ name }) => name === 'ship3');
  return `
It all stays up until Ctrl-C. In a second terminal, in this folder:
  npx steward run ship1,ship2,ship3 ${socket} -- uptime
  npx steward status ${id} ${socket}
  npx steward nodes ${socket}
Break something: kill a ship, send it a command, and start it again:
  kill -9 ${ship3?.pid ?? ''}
  npx steward run ship3 --no-wait ${socket} -- date
  npx steward status ${socket}
  ${ship3 === undefined ? '' : restart(ship3)}
`;
}
