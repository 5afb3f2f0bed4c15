// What holds where a message says nothing, as the node's configuration has it.
import type { DraftDefaults } from '../intake/draft-message.ts';
import type { Config } from './config/config.ts';

export function defaultsOf(config: Config): DraftDefaults {
  return {
    ackTimeoutMs: config.defaultMessageTimeoutMs,
    retries: config.defaultMessageRetries,
    methodTimeoutMs: config.defaultMethodTimeoutMs,
    expiresMs: config.defaultExpiresMs,
  };
}
