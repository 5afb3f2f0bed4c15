// The names of the files of the log: the one that is written, and those before it, numbered in the order in which they were.

export const presentFile = 'messages.jsonl';

export function fileName(number: number): string {
  return `messages-${String(number).padStart(6, '0')}.jsonl`;
}

/** Undefined of any other file. */
export function numberOf(name: string): number | undefined {
  const match = /^messages-(\d{6,12})\.jsonl$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}
