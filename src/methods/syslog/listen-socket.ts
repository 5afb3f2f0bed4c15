// Listens on a socket of datagrams, as daemons of syslog do: a line for each.
//
// From: run-syslog.ts. To: a program in Perl, as a command of the run: node knows no sockets of datagrams with a path, and a flood costs the node
// itself no more than what it reads.
// 1. What comes is handed over in the order in which it came. Nobody who writes to the socket waits: what cannot be taken is dropped, counted and told.
import { resolve } from 'node:path';
import type { SocketWish } from '../../model/syslog-args.ts';
import type { OutputPart, Pace } from '../run.ts';
import type { End } from '../long-result.ts';
import { listenProgram } from './listen-program.ts';
import { failedBy, type SyslogContext } from './syslog-context.ts';

export async function listenOnSocket(wish: SocketWish, context: SyslogContext): Promise<End> {
  const { perl, workFolder, handed, signal } = context;
  const address = wish.source === 'unix' ? [resolve(workFolder, wish.address[0] ?? '')] : wish.address;
  let said = '';
  const take = (parts: readonly OutputPart[]): Promise<Pace> => {
    const stderr = Buffer.concat(parts.map((part) => part.stderr));
    if (stderr.length > 0) said = stderr.toString();
    return handed.hand({ stdout: Buffer.concat(parts.map((part) => part.stdout)), stderr });
  };
  const result = await context.run([perl, '-e', listenProgram, wish.source, ...address], take);
  return signal.aborted ? { state: 'failed' } : failedBy(result, said);
}
