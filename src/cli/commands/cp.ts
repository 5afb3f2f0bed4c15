// steward cp [NODE:]PATH… [NODE:]PATH
import { InvalidArgumentError, Option, type Command } from 'commander';
import { longestSpanMs, parseSpan, spanExamples } from '../../base/span.ts';
import type { CopyOptions } from '../actions/copy-files.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function defineCp(program: Command, shell: Shell): void {
  const command = program
    .command('cp <paths...>')
    .summary('copy files and folders to, from and between nodes')
    .description(
      'Copies files, folders and links: to a node, from a node, or from one node to another. What is interrupted goes on where it was; what the target has is not sent again.',
    )
    .usage('[options] [NODE:]SOURCE… [NODE[,NODE…]:]TARGET')
    .option('--via <nodes>', 'the nodes that carry it, in their order from here: gateway or gateway1,gateway2')
    .option('--timeout <span>', 'how long it may take, once it has begun (default: as long as it takes)', parseSeconds)
    .option(
      '--expires <span>',
      'how long it may wait for the node that has the files: seconds, or text such as 90m or 2d',
      parseSeconds,
    )
    .option('--mode <octal>', 'mode of the folders that the target lacks: 755 unless given', parseMode)
    .addOption(new Option('-r, --recursive').hideHelp())
    .option('--no-wait', 'print the ids, and leave')
    .option('--json', 'one JSON object a line: how far each copy is, and how it ended')
    .addHelpText(
      'after',
      `
A path without a node is one of this machine, read and written by its node. A path of another node that is not absolute counts from the
work folder of that node. A TARGET that ends with "/" is a folder that the copies go into, under their own names; without it, it is the
name of the copy, but one file that comes to a folder goes into it. A folder is copied with all that is in it. Patterns of another node are
put in quotes. Mode and time are kept, owners where both nodes run as root. A file takes its name when all of it is there and is right.
Ctrl-C only stops the watching; steward cancel ends the copy, and the same again goes on where it was.

Example:
  $ steward cp app.tar.gz ship1,ship2:/srv/
  $ steward cp 'ship1:/var/log/*.gz' ./logs/
  $ steward cp ship1:/srv/charts ship2:/srv/charts

Exit status: 0 all was copied, 1 something was not, 2 wrong use, 3 no node answers here, 4 the store cannot be written,
  130 Ctrl-C: the copies go on.`,
    )
    .action(async (paths: string[]) => {
      const { copyFiles } = await import('../actions/copy-files.ts');
      await copyFiles(paths, command.optsWithGlobals<CopyOptions>(), shell);
    });
  addSocketOption(command);
}

function parseSeconds(text: string): number {
  const spanMs = parseSpan(text);
  if (spanMs !== undefined && spanMs > 0 && spanMs <= longestSpanMs) return Math.ceil(spanMs / 1000);
  throw new InvalidArgumentError(`It is a span of time: ${spanExamples}.`);
}

function parseMode(text: string): string {
  if (/^0?[0-7]{3}$/.test(text)) return text;
  throw new InvalidArgumentError('It has three octal digits: 755.');
}
