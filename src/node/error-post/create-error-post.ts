// The posting of errors, where the configuration wants it.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { ErrorPost, type ErrorPostParts } from './error-post.ts';

export function createErrorPost(
  { nodeName: node, errorPostUrl: url, databaseFolder }: Config,
  parts: Omit<ErrorPostParts, 'node' | 'url' | 'path'>,
): ErrorPost | undefined {
  const path = join(databaseFolder, 'errors-posted.json');
  if (url !== undefined) return new ErrorPost({ ...parts, node, url, path });
  // Once it is wanted again, it begins with what comes then.
  rmSync(path, { force: true });
  return undefined;
}
