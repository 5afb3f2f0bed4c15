// A log for tests that do not look at it.
import type { Log } from '../../src/base/log.ts';

const ignore = (): void => undefined;

export const quietLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
