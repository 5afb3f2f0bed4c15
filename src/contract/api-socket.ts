// Where a node's sockets are found, and the bounds of what crosses the API's.
import { StewardError } from '../model/error.ts';

/** The API's socket inside a node's socket folder. */
export const apiSocketName = 'steward-api.sock';

/** The other socket there, which takes message files as they are, and speaks no HTTP. */
export const intakeSocketName = 'steward.sock';

/** Bytes of one submission. */
export const maxSubmissionBytes = 16 * 1024 * 1024;

/** Ids of one request for events. */
export const maxFollowedIds = 100_000;

/** Messages that one list of a state holds. */
export const maxListedMessages = 1000;

/** Errors that one list holds. */
export const maxListedErrors = 1000;

/** Bytes of the body of `POST /v1/follow`: `maxFollowedIds` ids with their quotes and commas. */
export const maxFollowBytes = maxFollowedIds * 24;

/** A silent event stream carries a comment this often, in milliseconds. */
export const heartbeatMs = 15_000;

/** Bytes that a path of a unix socket may have on Linux: 108 in `sockaddr_un`, one of them the closing zero. */
const maxSocketPathBytes = 107;

/** Throws `invalid-config` for a path that the system would cut off or refuse. */
export function checkSocketPath(path: string): void {
  const bytes = new TextEncoder().encode(path).length;
  if (bytes <= maxSocketPathBytes) return;
  throw new StewardError(
    'invalid-config',
    `the socket's path has ${bytes} bytes, the system allows ${maxSocketPathBytes}: ${path}`,
    { hint: 'choose a shorter socket folder, or one relative to the current folder' },
  );
}
