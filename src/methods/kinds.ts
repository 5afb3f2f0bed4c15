// How each method is run.
import type { MethodName } from '../model/method-name.ts';

/**
 * inline: at once, without I/O (`runInline`) · file: in batches, in two steps (`prepare`, `runBatch`) ·
 * process: it takes its time, so it takes a slot and can be ended while it runs: a command, a copy, or a question to a server (`run`) ·
 * turn: one after the other in its lane, and soon over (`run`) · order: the flow carries it out itself · node: the node answers it as it does on its API (`run`).
 */
export type MethodKind = 'inline' | 'file' | 'process' | 'turn' | 'order' | 'node';

export const kinds = {
  cliCommand: 'process',
  cliCommandCont: 'process',
  tailFile: 'process',
  syslog: 'process',
  copySrc: 'process',
  copyDst: 'turn',
  httpGet: 'process',
  httpPost: 'process',
  own: 'process',
  ping: 'inline',
  opCancel: 'order',
  opQueue: 'node',
  opMethods: 'node',
  opStartup: 'node',
  opSchedule: 'inline',
  opProcessList: 'inline',
  opProcessStart: 'inline',
  opProcessStop: 'inline',
  pong: 'file',
  hello: 'file',
  console: 'turn',
  file: 'file',
  fileAppend: 'file',
  output: 'file',
  errorLog: 'file',
  none: 'inline',
} as const satisfies Record<MethodName, MethodKind>;
