// The bound on what one submission brings into memory and into the store.
import { StewardError } from '../model/error.ts';

/** A body is kept once for each node that it goes to. */
const maxBodyBytes = 128 * 1024 * 1024;

/** Throws `too-large`. `bytes`: of the data of all messages together. */
export function refuseManyBytes(bytes: number): void {
  if (bytes <= maxBodyBytes) return;
  throw new StewardError(
    'too-large',
    `the data of all messages together is ${bytes} bytes, at most ${maxBodyBytes} are taken at once`,
    { hint: 'send it to fewer nodes at a time' },
  );
}
