// Says what to do when a port cannot be had.
import { StewardError } from '../model/error.ts';

export function portTaken(port: number, cause?: unknown): StewardError {
  return new StewardError('already-running', `port ${port} on 127.0.0.1 is taken`, {
    hint: 'a broker may be running there already: use that one, or choose another port with --port',
    cause,
  });
}

export function portError(port: number, cause: Error): StewardError {
  const code = 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') return portTaken(port, cause);
  if (code === 'EACCES') {
    return new StewardError('invalid-usage', `port ${port} is not for ordinary users`, {
      hint: 'choose one above 1023 with --port',
      cause,
    });
  }
  return new StewardError('internal', `cannot listen on port ${port}: ${cause.message}`, { cause });
}
