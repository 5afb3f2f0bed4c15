// --socket, which every command that asks a node takes.
import { Command } from 'commander';

export function addSocketOption(command: Command): Command {
  return command.option(
    '--socket <path>',
    'the API socket of the node, or the folder that it lies in (default: $STEWARD_SOCKET, else ./tmp)',
  );
}
