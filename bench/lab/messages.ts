// The messages that are measured with.

export interface MessageOptions {
  readonly to?: string;
  readonly unordered?: boolean;
  /** `none`, or the default of the original: `fileAppend`. */
  readonly reply: 'none' | 'fileAppend';
}

/** The file that replies are appended to, below the data folder of the sender. */
export function replyFile(to: string): string {
  return `bench/${to}/answers`;
}

export function ping({ to = 'ship1', reply }: MessageOptions): object {
  return { toNode: to, method: 'ping', replyMethod: reply, directory: 'bench', fileName: 'answers' };
}

export function command(args: readonly string[], { to = 'ship1', unordered = false, reply }: MessageOptions): object {
  const order = unordered ? { unordered } : {};
  return {
    toNode: to,
    method: 'cliCommand',
    methodArgs: args,
    replyMethod: reply,
    directory: 'bench',
    fileName: 'answers',
    ...order,
  };
}

export function many(count: number, message: object): readonly object[] {
  return Array.from({ length: count }, () => message);
}
