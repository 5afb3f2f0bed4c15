// The methods' names, and what every part needs to know of a method before it runs.

/** What a method's second run would do: `never` may run again by itself, `always` may. */
export type Rerun = 'never' | 'always';

interface MethodEntry {
  /** Names of the original (compared without regard to case), beside the name itself. */
  readonly aliases: readonly string[];
  /** Names under which the original ran the method unordered. */
  readonly unorderedAliases?: readonly string[];
  readonly rerun: Rerun;
  readonly type: 'Command' | 'Event';
  /** May be the `method` of a submission. */
  readonly request: boolean;
  /** May be the `replyMethod` of a submission. */
  readonly reply: boolean;
  /** Least number of `methodArgs`. */
  readonly minArgs: number;
  /** Whether the old field `data` meant arguments (compat: before September 2021). */
  readonly takesArgs: boolean;
  /** Its output is sent while it runs, in parts. */
  readonly streams?: true;
  /** Its messages do not wait for each other, unless one says so: each may take for ever. */
  readonly unordered?: true;
  /** How long it may run where its message does not say; absent: as the node has it. -1: without limit. */
  readonly timeoutMs?: number;
  /** A stop of its node does not wait for it: it goes on where it was in the next life. */
  readonly endless?: true;
  /** Part of the work of another message: what is kept of it, its body first, goes as soon as it has ended. */
  readonly passing?: true;
}

/** The operator's own methods: they act on the node itself. */
const operation = {
  rerun: 'always',
  type: 'Command',
  request: true,
  reply: false,
  takesArgs: true,
} as const;

export const methodTable = {
  cliCommand: {
    aliases: ['REQCliCommand', 'CLICommand'],
    unorderedAliases: ['REQnCliCommand', 'nCliCommand'],
    rerun: 'never',
    type: 'Command',
    request: true,
    reply: true,
    minArgs: 1,
    takesArgs: true,
  },
  cliCommandCont: {
    aliases: ['REQCliCommandCont', 'CLICommandCont'],
    unorderedAliases: ['REQnCliCommandCont', 'nCliCommandCont'],
    rerun: 'never',
    type: 'Command',
    request: true,
    reply: false,
    minArgs: 1,
    takesArgs: true,
    streams: true,
  },
  tailFile: {
    aliases: ['REQTailFile'],
    rerun: 'always',
    type: 'Command',
    request: true,
    reply: false,
    minArgs: 1,
    takesArgs: true,
    streams: true,
    unordered: true,
    endless: true,
  },
  syslog: {
    aliases: [],
    rerun: 'always',
    type: 'Command',
    request: true,
    reply: false,
    minArgs: 1,
    takesArgs: true,
    streams: true,
    unordered: true,
    endless: true,
  },
  /** Its arguments: copy-args.ts. */
  copySrc: {
    aliases: ['REQCopySrc'],
    rerun: 'always',
    type: 'Command',
    request: true,
    reply: false,
    minArgs: 3,
    takesArgs: true,
    streams: true,
    unordered: true,
    endless: true,
    timeoutMs: -1,
  },
  /** What `copySrc` asks of the node that gets the files: sent by nodes (methods/copy). */
  copyDst: {
    aliases: ['REQCopyDst'],
    rerun: 'always',
    type: 'Command',
    request: false,
    reply: false,
    minArgs: 1,
    takesArgs: true,
    passing: true,
  },
  /** Its arguments: http-get-args.ts. */
  httpGet: {
    aliases: ['REQHttpGet'],
    rerun: 'always',
    type: 'Command',
    request: true,
    reply: false,
    minArgs: 1,
    takesArgs: true,
  },
  /** Its arguments: http-post-args.ts. */
  httpPost: {
    aliases: ['REQHttpPost'],
    rerun: 'always',
    type: 'Command',
    request: true,
    reply: true,
    minArgs: 1,
    takesArgs: true,
  },
  /** A program of its node's own folder (own-method.ts), which is its first argument. */
  own: {
    aliases: [],
    rerun: 'never',
    type: 'Command',
    request: true,
    reply: true,
    minArgs: 1,
    takesArgs: true,
  },
  ping: {
    aliases: ['REQPing'],
    rerun: 'always',
    type: 'Command',
    request: true,
    reply: false,
    minArgs: 0,
    takesArgs: false,
  },
  /** What the original answers a ping by: a line that it has come back. */
  pong: {
    aliases: ['REQPong'],
    rerun: 'always',
    type: 'Event',
    request: true,
    reply: true,
    minArgs: 0,
    takesArgs: false,
  },
  hello: {
    aliases: ['REQHello'],
    rerun: 'always',
    type: 'Event',
    request: true,
    reply: false,
    minArgs: 0,
    takesArgs: false,
  },
  /** Sent by nodes for `steward cancel`; its arguments are ids of messages of its sender. */
  opCancel: { aliases: ['REQOpCancel'], ...operation, minArgs: 1 },
  opQueue: { aliases: ['REQOpQueue'], ...operation, minArgs: 0 },
  opMethods: { aliases: ['REQOpMethods'], ...operation, minArgs: 0 },
  opStartup: { aliases: ['REQOpStartup'], ...operation, minArgs: 0 },
  opSchedule: { aliases: ['REQOpSchedule'], ...operation, minArgs: 0 },
  opProcessList: { aliases: ['REQOpProcessList'], ...operation, minArgs: 0 },
  opProcessStart: { aliases: ['REQOpProcessStart'], ...operation, minArgs: 2 },
  opProcessStop: { aliases: ['REQOpProcessStop'], ...operation, minArgs: 2 },
  console: {
    aliases: ['REQToConsole', 'REQTextToConsole', 'toConsole'],
    rerun: 'always',
    type: 'Event',
    request: true,
    reply: true,
    minArgs: 0,
    takesArgs: false,
  },
  file: {
    aliases: ['REQToFile', 'REQTextToFile', 'REQToFileNACK', 'toFile'],
    rerun: 'always',
    type: 'Event',
    request: true,
    reply: true,
    minArgs: 0,
    takesArgs: false,
  },
  fileAppend: {
    aliases: ['REQToFileAppend', 'REQTextToLogFile', 'REQTextLogging', 'toFileAppend'],
    rerun: 'always',
    type: 'Event',
    request: true,
    reply: true,
    minArgs: 0,
    takesArgs: false,
  },
  /** Keeps output that comes in parts, for `steward output`: sent by nodes, where the answer is for nobody else. */
  output: {
    aliases: [],
    rerun: 'always',
    type: 'Event',
    request: false,
    reply: false,
    minArgs: 0,
    takesArgs: false,
  },
  /** What a node reports to central: sent by nodes, not by people. */
  errorLog: {
    aliases: ['REQErrorLog'],
    rerun: 'always',
    type: 'Event',
    request: false,
    reply: false,
    minArgs: 0,
    takesArgs: false,
  },
  none: {
    aliases: ['REQNone'],
    rerun: 'always',
    type: 'Event',
    request: false,
    reply: true,
    minArgs: 0,
    takesArgs: false,
  },
} as const satisfies Record<string, MethodEntry>;

export type MethodName = keyof typeof methodTable;

export const methodNames = Object.keys(methodTable) as readonly MethodName[];

export function methodEntry(name: MethodName): MethodEntry {
  return methodTable[name];
}

/** Runs a program. */
export function isCommand(name: MethodName): boolean {
  return name === 'cliCommand' || name === 'cliCommandCont';
}

/** Takes its time, and may be told what has to hold of its node before it begins. */
export function takesPrecondition(name: MethodName): boolean {
  return isCommand(name) || name === 'httpGet' || methodEntry(name).endless === true;
}

export function isOperation(name: MethodName): boolean {
  return name.startsWith('op');
}

export function isMethodName(text: string): text is MethodName {
  return Object.hasOwn(methodTable, text);
}

interface FoundMethod {
  readonly name: MethodName;
  readonly unordered: boolean;
}

function namesOf(name: MethodName): readonly (readonly [string, FoundMethod])[] {
  const { aliases, unorderedAliases = [], unordered = false } = methodEntry(name);
  return [
    ...[name, ...aliases].map((alias) => [alias.toLowerCase(), { name, unordered }] as const),
    ...unorderedAliases.map((alias) => [alias.toLowerCase(), { name, unordered: true }] as const),
  ];
}

const byAlias: ReadonlyMap<string, FoundMethod> = new Map(methodNames.flatMap(namesOf));

/** The method behind any of its names, old or new, in any case; undefined if there is none. */
export function findMethod(text: string): FoundMethod | undefined {
  return byAlias.get(text.toLowerCase());
}

/** Every name that `findMethod` takes, as it is written. For suggestions and the reference page. */
export function allMethodNames(): readonly string[] {
  return methodNames.flatMap((name) => {
    const entry = methodEntry(name);
    return [name, ...entry.aliases, ...(entry.unorderedAliases ?? [])];
  });
}
