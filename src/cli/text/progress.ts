// One line on a terminal's stderr that says what is waited for, and goes when there is something else to print.
import type { Output } from '../terminal.ts';
import { oneLine } from './printable.ts';

export interface Progress {
  /** The text is only asked for where it is shown. */
  show(text: () => string): Promise<void>;
  clear(): Promise<void>;
}

/** Shows nothing where nobody looks: on anything but a terminal. */
export function createProgress(output: Output): Progress {
  let shown = '';
  const replace = async (text: string): Promise<void> => {
    if (text === shown) return;
    shown = text;
    await output.write(`\r\u001b[K${text}`);
  };
  return {
    async show(text) {
      if (output.isTerminal) await replace(oneLine(text()).slice(0, output.columns - 1));
    },
    clear: () => replace(''),
  };
}
