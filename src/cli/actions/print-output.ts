// steward output: what a finished command wrote, byte for byte.
import { wentWell } from '../../contract/message-view.ts';
import type { SocketOption } from '../find-socket.ts';
import { exitStatus, type Output, type Shell } from '../terminal.ts';
import { printableOutput } from '../text/printable.ts';
import { openClient } from './open-client.ts';

export async function printOutput(id: string, options: SocketOption, shell: Shell): Promise<void> {
  const { terminal, exitWith } = shell;
  const client = openClient(options, terminal);
  const print = async (stream: 'stdout' | 'stderr', output: Output): Promise<void> => {
    const bytes = await client.output(id, stream);
    await output.write(output.isTerminal ? printableOutput(bytes) : bytes);
  };
  await print('stdout', terminal.out);
  await print('stderr', terminal.err);
  exitWith(wentWell(await client.message(id)) ? exitStatus.ok : exitStatus.failed);
}
