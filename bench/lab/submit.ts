// Submits message files over a node's intake socket, as netcat does: one connection a file.
import { connect } from 'node:net';

/** The answer's line. Rejects where the node cannot be reached, or leaves without an answer. */
export function askIntake(socketPath: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(socketPath);
    socket.setEncoding('utf8');
    socket.on('data', (piece: string) => {
      answer += piece;
      if (piece.endsWith('\n')) resolve(answer);
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('no answer')));
    socket.end(text);
  });
}

/** The ids of the messages. Rejects with what the node says where it refuses them. */
export async function submit(socketPath: string, messages: readonly object[]): Promise<readonly string[]> {
  const answer = await askIntake(socketPath, JSON.stringify(messages));
  const { ids } = JSON.parse(answer) as { ids?: readonly string[] };
  if (ids === undefined) throw new Error(`the node refused: ${answer}`);
  return ids;
}
