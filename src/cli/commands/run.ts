// steward run NODE[,NODE…] -- COMMAND [ARG…]
import { InvalidArgumentError, type Command } from 'commander';
import { longestSpanMs, parseSpan, spanExamples } from '../../base/span.ts';
import { StewardError } from '../../model/error.ts';
import { readConditions, type FactCondition } from '../../model/fact-condition.ts';
import { highestPriority } from '../../model/message.ts';
import type { RunOptions } from '../actions/run-command.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function defineRun(program: Command, shell: Shell): void {
  const command = program
    .command('run <nodes> <command...>')
    .summary('run a command on nodes')
    .description(
      'Runs a command on one or more nodes, and shows the output of each under its name when its answer arrives.',
    )
    .usage('[options] NODE[,NODE…] -- COMMAND [ARG…]')
    .option('--ordered', 'after the ordered commands sent to the node before (default: at once)')
    .option('--timeout <span>', 'how long the command may run; -1: without limit', parseTimeout)
    .option(
      '--expires <span>',
      'how long the command may wait for the node: seconds, or text such as 90m or 2d',
      parseSeconds,
    )
    .option(
      '--ends-node',
      'the command ends the node itself (an upgrade, a reboot): the node neither waits for it nor ends it, but its --timeout holds',
    )
    .option(
      '--detach',
      'only start the command, and show its pid: it outlives --timeout and the node, and prints to nowhere',
    )
    .option(
      '--via <nodes>',
      'the nodes that carry it there and its answer back, in their order: gateway or gateway1,gateway2',
    )
    .option(
      '--priority <number>',
      'leaves before (5 to 9) or after (0 to 3) what else waits for the node; the usual one is 4',
      parsePriority,
    )
    .option(
      '--late-joiners',
      'also to nodes of the named @groups that appear until the command expires (--expires); on central',
    )
    .option(
      '--after <ids>',
      'leaves when all of these messages have succeeded, and not at all if one does not: ID or ID,ID',
    )
    .option('--cwd <folder>', 'the folder in which the command runs; counts from the work folder of its node')
    .option('--env <name=value>', 'set in its environment; may be given again', parseEnv)
    .option('--user <user>', 'as whom it runs; the node has to run as root', parseSomething)
    .option(
      '--only-if <script>',
      'runs only where this script for sh ends with 0: otherwise the command ends as rejected',
      parseSomething,
    )
    .option(
      '--only-if-fact <condition>',
      'runs only where this holds of the node: system=linux, system!=linux, memory.free>=1e9, versions.node<=22, own.role (it is there), !own.role; of several values one (system=linux,darwin); may be given again',
      parseCondition,
    )
    .option(
      '--stdin <file>',
      'what the command reads from its standard input, of any size; "-": what this one reads from its own',
    )
    .option('--shell', 'COMMAND is a script for the shell of the node')
    .option('--stream', 'show output while it comes, of any size; of several nodes line by line, with their names')
    .option(
      '--every <span>',
      'again and again, after each such span: on the node, without a link, until --for is over',
      parseInterval,
    )
    .option('--for <span>', 'how long --every goes on; until it is cancelled unless given', parseSeconds)
    .option(
      '--cron <line>',
      'again and again, when this line of cron is due: "0 3 * * *"; until it is cancelled',
      parseSomething,
    )
    .option(
      '--timezone <zone>',
      "in which --cron is meant, such as Europe/Oslo; the node's own unless given",
      parseSomething,
    )
    .option('--catch-up <which>', 'of runs that were missed, "once" makes up the last, "all" each, "none" none')
    .option('--overlap', 'a run begins although the one before it still goes')
    .option('--jitter <span>', 'each node begins later by a part of this that is its own', parseSeconds)
    .option(
      '--cached',
      'the last known answer of each node to the same command, with its age, from what this node keeps; nothing is sent',
    )
    .option('--max-age <span>', 'with --cached: no older than this', parseSeconds)
    .option('--no-wait', 'print the ids, and leave')
    .option('--dry-run', 'show who it would go to, and who of them is here; nothing is sent')
    .option(
      '--json',
      'one JSON object per answer, as they arrive; output that is no UTF-8 is in stdoutBase64 and stderrBase64 in the place of stdout and stderr',
    )
    .addHelpText(
      'after',
      `
@NAME stands for the nodes of a group (groups.toml in the folder of configuration: north = ["ship1", "ship2"], or nodes that were started
with --groups north), @all for every other node that was heard of; one message goes to each of them.
A node that is away gets the command when it comes back. Ctrl-C only stops the waiting.
The program is started without a shell; for pipes and variables: --shell -- 'df -h | grep data', or -- sh -c 'df -h | grep data'
Each stdout goes to stdout, each stderr to stderr: as it is, but on a terminal control characters are shown as \\x1b.

A --stdin of more than 11.5 MiB is copied to each node ahead of its command, and removed there when that has ended; from when it is taken in, both
go on without this command line. Up to there Ctrl-C sends nothing.

What runs on a schedule (--every, --cron) is not waited for: its results are appended to data/schedules/NODE/COMMAND.txt here, one run
after the other. steward schedule list --at NODE shows how it goes, steward cancel ID ends it.

Example:
  $ steward run ship1,ship2 --timeout 30 -- df -h
  $ steward run --no-wait @north -- uptime
  $ steward run --late-joiners --expires 7d @all -- apt-get -y upgrade
  $ steward run --via gateway island -- uptime
  $ steward run --cron '0 3 * * *' --timezone Europe/Oslo --jitter 10m @all -- ./backup
  $ steward run --every 60s --for 1h ship1 -- uptime
  $ steward run --cached --max-age 1h @all -- df -h
  $ steward run --only-if-fact system=linux --only-if-fact 'memory.free>=1e9' @all -- apt-get -y upgrade
  $ steward run --stream --timeout -1 ship1 -- journalctl -f
  $ steward run --stdin new.conf --user app --only-if 'test -d /etc/app' ship1 -- tee /etc/app/app.conf

Exit status: 0 all succeeded, 1 something failed, or with --cached no such answer of a node is known, 2 wrong use, 3 no node answers here, 4 the store cannot be written,
  130 Ctrl-C: the commands stay on their way.`,
    )
    .action(async (nodes: string, words: string[]) => {
      const { runCommand } = await import('../actions/run-command.ts');
      await runCommand({ nodes, command: words }, command.optsWithGlobals<RunOptions>(), shell);
    });
  addSocketOption(command);
  program.hook('preSubcommand', (_program, called) => {
    if (called === command) refuseOptionsOfCommand(command, program.args.slice(1));
  });
}

/** What looks like an option behind the first word of the command is the command's own, and would be taken for ours. */
function refuseOptionsOfCommand(command: Command, words: readonly string[]): void {
  const operands: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '--') return;
    if (!word.startsWith('-') || word === '-') {
      operands.push(word);
      continue;
    }
    const name = word.split('=', 1)[0];
    const known = command.options.find((option) => option.long === name || option.short === name);
    if (known?.required === true && !word.includes('=')) index += 1;
    const [nodes, first] = operands;
    if (known !== undefined || nodes === undefined || first === undefined) continue;
    const asked = [...operands.slice(1), ...words.slice(index)].join(' ');
    throw new StewardError('invalid-usage', `"${word}" looks like an option of steward`, {
      hint: `put "--" before the command: steward run ${nodes} -- ${asked}`,
    });
  }
}

/** An unset variable of a shell is no wish: not to run as nobody in particular, nor unconditionally. */
function parseSomething(text: string): string {
  if (text === '') throw new InvalidArgumentError('It is empty.');
  return text;
}

/** What it means is said where it is taken in. */
function parseCondition(text: string, before: readonly FactCondition[] = []): readonly FactCondition[] {
  const [, not = '', fact = '', sign, wanted = ''] =
    /^(!?)([\w.-]+?)(?:(!=|>=|<=|==?)([^]*))?$/.exec(text.trim()) ?? [];
  const condition = conditionOf({ fact, sign, wanted, not: not !== '' });
  const read = condition === undefined ? undefined : readConditions(condition);
  if (read === undefined || 'problem' in read)
    throw new InvalidArgumentError('It is FACT=VALUE, FACT!=VALUE, FACT>=VALUE, FACT<=VALUE, FACT or !FACT.');
  return [...before, ...read];
}

function conditionOf(of: {
  readonly fact: string;
  readonly sign: string | undefined;
  readonly wanted: string;
  readonly not: boolean;
}): object | undefined {
  const { fact, sign, wanted, not } = of;
  if (sign === undefined) return { fact, exists: !not };
  if (not || wanted === '') return undefined;
  if (sign === '>=') return { fact, atLeast: wanted };
  if (sign === '<=') return { fact, atMost: wanted };
  return { fact, [sign === '!=' ? 'isNot' : 'is']: wanted.split(',') };
}

function parseEnv(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, name, value] = /^([^=]+)=([^]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It is NAME=VALUE.');
  return { ...before, [name]: value };
}

function parsePriority(text: string): number {
  const priority = Number(text);
  if (/^\d$/.test(text) && priority <= highestPriority) return priority;
  throw new InvalidArgumentError(`It is a whole number from 0 to ${highestPriority}.`);
}

/** Without one there is no schedule at all. */
function parseInterval(text: string): number {
  if (parseSpan(text) === 0) throw new InvalidArgumentError('That is no time at all: it is at least a second.');
  return parseSeconds(text);
}

/** In seconds, as a message file has it. */
function parseSeconds(text: string): number {
  const spanMs = parseSpan(text);
  if (spanMs !== undefined && spanMs > 0 && spanMs <= longestSpanMs) return spanMs / 1000;
  if (spanMs === 0) throw new InvalidArgumentError('That is no time at all: leave it out for the default.');
  if (spanMs !== undefined && spanMs > longestSpanMs)
    throw new InvalidArgumentError('It is at most ten years (3650d).');
  throw new InvalidArgumentError(`It is a span of time: ${spanExamples}.`);
}

function parseTimeout(text: string): number {
  if (text === '-1') return -1;
  const spanMs = parseSpan(text);
  if (spanMs === undefined || (spanMs > 0 && spanMs <= longestSpanMs)) return parseSeconds(text);
  throw new InvalidArgumentError(
    spanMs > 0
      ? 'It is at most ten years (3650d); -1 is for no limit.'
      : 'That is no time at all: leave it out for what the node usually allows, or give -1 for no limit.',
  );
}
