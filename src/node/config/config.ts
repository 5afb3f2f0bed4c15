// The configuration as the node uses it: checked, typed, with absolute paths.
import { join, resolve } from 'node:path';
import type { NodeName } from '../../model/node-name.ts';
import type { LogLevel } from '../../base/log.ts';
import type { OptionValue } from './option-value.ts';
import type { ConfigKey } from './options.ts';

export interface Config {
  readonly nodeName: NodeName;
  /** Each as `scheme://host:port`. */
  readonly brokerAddresses: readonly string[];
  readonly centralNodeName: NodeName;
  readonly configFolder: string;
  readonly configFile: string;
  readonly socketFolder: string;
  readonly databaseFolder: string;
  readonly subscribersDataFolder: string;
  readonly logFolder: string;
  readonly logKeepMs: number;
  readonly logQuotaBytes: number;
  readonly defaultMessageTimeoutMs: number;
  /** -1: until the message expires. */
  readonly defaultMessageRetries: number;
  /** -1: no limit. */
  readonly defaultMethodTimeoutMs: number;
  readonly defaultExpiresMs: number;
  /** -1: no limit. */
  readonly keepMessagesMs: number;
  /** -1: no limit. */
  readonly storeQuotaBytes: number;
  readonly nkeySeedFile?: string;
  readonly rootCaPath?: string;
  readonly brokerUser?: string;
  /** A function, so that no log and no JSON of the configuration shows it. */
  readonly brokerPassword: () => string | undefined;
  readonly drainMs: number;
  readonly outputLimitBytes: number;
  /** Absent: no limit. */
  readonly maxMethodMemoryBytes?: number;
  readonly maxRunning: number;
  readonly limits: ConfigLimits;
  readonly logLevel: LogLevel;
  readonly logFormat: 'auto' | 'text' | 'json';
}

/** Infinite where there is no limit. */
export interface ConfigLimits {
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  readonly queuedMessagesPerNode: number;
  readonly queuedBytesPerNode: number;
  readonly inboxMessages: number;
  readonly inboxBytes: number;
  readonly runningPerSender: number;
  readonly runningTotal: number;
}

export type OptionValues = Readonly<Record<ConfigKey, OptionValue>>;

export interface ConfigParts {
  readonly values: OptionValues;
  /** Folder that relative paths start from. */
  readonly cwd: string;
  readonly password: string | undefined;
}

/** From checked values, which therefore have the types that the options say. */
export function createConfig({ values, cwd, password }: ConfigParts): Config {
  const text = (key: ConfigKey): string => String(values[key]);
  const number = (key: ConfigKey): number => Number(values[key]);
  const limit = (key: ConfigKey): number => (number(key) < 0 ? Infinity : number(key));
  const path = (key: ConfigKey): string => resolve(cwd, text(key));
  return Object.freeze<Config>({
    nodeName: text('NodeName'),
    brokerAddresses: Object.freeze([...(values.BrokerAddress as readonly string[])]),
    centralNodeName: text('CentralNodeName'),
    configFolder: path('ConfigFolder'),
    configFile: join(path('ConfigFolder'), 'config.toml'),
    socketFolder: path('SocketFolder'),
    databaseFolder: path('DatabaseFolder'),
    subscribersDataFolder: path('SubscribersDataFolder'),
    logFolder: path('LogFolder'),
    logKeepMs: number('LogKeep'),
    logQuotaBytes: number('LogQuota'),
    defaultMessageTimeoutMs: number('DefaultMessageTimeout'),
    defaultMessageRetries: number('DefaultMessageRetries'),
    defaultMethodTimeoutMs: number('DefaultMethodTimeout'),
    defaultExpiresMs: number('DefaultExpires'),
    keepMessagesMs: number('KeepMessages'),
    storeQuotaBytes: number('StoreQuota'),
    ...(values.NkeySeedFile === '' ? {} : { nkeySeedFile: path('NkeySeedFile') }),
    ...(values.RootCAPath === '' ? {} : { rootCaPath: path('RootCAPath') }),
    ...(values.BrokerUser === '' ? {} : { brokerUser: text('BrokerUser') }),
    brokerPassword: () => password,
    drainMs: number('Drain'),
    outputLimitBytes: number('OutputLimit'),
    maxRunning: number('MaxRunning'),
    limits: Object.freeze<ConfigLimits>({
      queuedMessages: limit('MaxQueuedMessages'),
      queuedBytes: limit('MaxQueuedBytes'),
      queuedMessagesPerNode: limit('MaxQueuedMessagesPerNode'),
      queuedBytesPerNode: limit('MaxQueuedBytesPerNode'),
      inboxMessages: limit('MaxInboxMessages'),
      inboxBytes: limit('MaxInboxBytes'),
      runningPerSender: limit('MaxRunningPerSender'),
      runningTotal: limit('MaxRunningTotal'),
    }),
    ...(number('MaxMethodMemory') < 0 ? {} : { maxMethodMemoryBytes: number('MaxMethodMemory') }),
    logLevel: text('LogLevel') as LogLevel,
    logFormat: text('LogFormat') as Config['logFormat'],
  });
}
