// The arguments of `tailFile`: a path, and where to begin.

export type TailStart = 'start' | 'end' | number;

export interface TailWish {
  /** Counts from the work folder of the node. */
  readonly path: string;
  readonly from: TailStart;
}

export interface TailProblem {
  readonly problem: { readonly element: number; readonly message: string; readonly hint: string };
}

const hint = '["/var/log/syslog"], or with "from=start", "from=end" (the usual one) or "from=4096"';

export function readTailArgs(args: readonly string[]): TailWish | TailProblem {
  const [path = '', ...options] = args;
  if (path === '' || path.includes('\0')) return wrong(0, 'tailFile needs the path of a file');
  if (options.length > 1) return wrong(2, 'tailFile takes a path and one option');
  const [option = 'from=end'] = options;
  const [, from = ''] = /^from=(start|end|\d{1,15})$/i.exec(option) ?? [];
  if (from === '') return wrong(1, `tailFile has no option ${JSON.stringify(option.slice(0, 60))}`);
  const word = from.toLowerCase();
  return { path, from: word === 'start' || word === 'end' ? word : Number(word) };
}

function wrong(element: number, message: string): TailProblem {
  return { problem: { element, message, hint } };
}
