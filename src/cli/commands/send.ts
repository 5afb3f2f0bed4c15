// steward send FILE|-
import type { Command } from 'commander';
import type { SendOptions } from '../actions/send-file.ts';
import type { Shell } from '../terminal.ts';
import { addSocketOption } from './socket-option.ts';

export function defineSend(program: Command, shell: Shell): void {
  const command = program
    .command('send <file>')
    .summary('submit a message file')
    .description(
      'Submits a message file, JSON or YAML ("-": standard input), and prints the id of every message, one per line.',
    )
    .option('--wait', 'wait until every message has ended and its reply was handled; one line for each')
    .option('--dry-run', 'show who it would go to, and who of them is here; nothing is sent')
    .option(
      '--json',
      'JSON: {"ids", "submission"}; with --wait one message per line, as it ends; with --dry-run {"messages", "nodes"}',
    )
    .addHelpText(
      'after',
      `
@NAME among the nodes of a message stands for those of a group (groups.toml in the node's folder of configuration), @all for every
other node that was heard of.
All fields are in docs/messages.md, all methods in docs/methods.md; schema/message.schema.json has an editor complete and check them.
The file is taken whole or not at all. Once the ids are printed, the messages are on disk and cannot get lost.

Example:
  $ cat message.json
  [{"toNode": "ship1", "method": "cliCommand", "methodArgs": ["uptime"],
    "replyMethod": "fileAppend", "directory": "answers", "fileName": "uptime.txt"}]
  $ steward send --wait message.json

Exit status: 0 submitted; with --wait: all succeeded and every reply was handled. 1 with --wait: something failed.
  2 the file is wrong (line, column and field are named), 3 no node answers, 4 the store cannot be written,
  130 Ctrl-C while waiting: the messages stay on their way.`,
    )
    .action(async (file: string) => {
      const { sendFile } = await import('../actions/send-file.ts');
      await sendFile(file, command.optsWithGlobals<SendOptions>(), shell);
    });
  addSocketOption(command);
}
