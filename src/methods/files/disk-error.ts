// What an error of the file system means for the run that met it.
import { StewardError, describeError } from '../../model/error.ts';

/** Errors that may pass: the disk is full or read-only, a cable is loose, the node has run out of something. */
const passing: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE', 'ENFILE', 'ENOMEM']);

export interface FileFailure {
  readonly reason: string;
  readonly retry?: string;
}

export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

export function describeFileError(error: unknown): FileFailure {
  const reason = describeError(error);
  return !(error instanceof StewardError) && passing.has(errorCode(error)) ? { reason, retry: reason } : { reason };
}
