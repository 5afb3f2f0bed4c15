// Message files as tests write them.
import type { MessageFields } from './fleet.ts';

/** A bash script as a cliCommand, which may take its time. */
export function command(toNode: string, script: string, more: MessageFields = {}): MessageFields {
  return { toNode, method: 'cliCommand', methodArgs: ['bash', '-c', script], methodTimeout: 120, ...more };
}
