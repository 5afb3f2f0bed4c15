// The configuration as the node uses it: checked, typed, with absolute paths.
import { join, resolve } from 'node:path';
import type { GroupName } from '../../model/group.ts';
import type { NodeName } from '../../model/node-name.ts';
import type { LogLevel } from '../../base/log.ts';
import type { OptionValue } from './option-value.ts';
import type { Passwords } from './read-password.ts';
import type { ConfigKey } from './options.ts';

export interface Config {
  readonly nodeName: NodeName;
  /** One, or two of a node that carries messages between them. */
  readonly brokers: readonly BrokerConfig[];
  readonly centralNodeName: NodeName;
  /** Absent: errors are posted nowhere. */
  readonly errorPostUrl?: string;
  readonly groups: readonly GroupName[];
  readonly configFolder: string;
  readonly configFile: string;
  readonly socketFolder: string;
  readonly databaseFolder: string;
  readonly subscribersDataFolder: string;
  /** They need not exist. */
  readonly startupFolder: string;
  readonly methodsFolder: string;
  readonly methodModules: readonly string[];
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
  readonly drainMs: number;
  readonly outputLimitBytes: number;
  /** Absent: no limit. */
  readonly maxMethodMemoryBytes?: number;
  readonly maxRunning: number;
  readonly limits: ConfigLimits;
  readonly logLevel: LogLevel;
  readonly logFormat: 'auto' | 'text' | 'json';
}

export interface BrokerConfig {
  /** Each as `scheme://host:port`. */
  readonly servers: readonly string[];
  readonly nkeySeedFile?: string;
  readonly rootCaPath?: string;
  readonly user?: string;
  /** A function, so that no log and no JSON of the configuration shows it. */
  readonly password: () => string | undefined;
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
  readonly passwords: Passwords;
}

/** From checked values, which therefore have the types that the options say. */
export function createConfig({ values, cwd, passwords }: ConfigParts): Config {
  const text = (key: ConfigKey): string => String(values[key]);
  const number = (key: ConfigKey): number => Number(values[key]);
  const limit = (key: ConfigKey): number => (number(key) < 0 ? Infinity : number(key));
  const path = (key: ConfigKey): string => resolve(cwd, text(key));
  const list = (key: ConfigKey): readonly string[] => (values[key] === '' ? [] : (values[key] as readonly string[]));
  const below = (key: ConfigKey, name: string): string =>
    text(key) === '' ? join(path('ConfigFolder'), name) : path(key);
  return Object.freeze<Config>({
    nodeName: text('NodeName'),
    brokers: Object.freeze(brokersOf({ values, cwd, passwords })),
    centralNodeName: text('CentralNodeName'),
    ...(values.ErrorPostUrl === '' ? {} : { errorPostUrl: text('ErrorPostUrl') }),
    groups: list('Groups'),
    configFolder: path('ConfigFolder'),
    configFile: join(path('ConfigFolder'), 'config.toml'),
    socketFolder: path('SocketFolder'),
    databaseFolder: path('DatabaseFolder'),
    subscribersDataFolder: path('SubscribersDataFolder'),
    startupFolder: below('StartupFolder', 'startup'),
    methodsFolder: below('MethodsFolder', 'methods'),
    methodModules: Object.freeze(list('MethodModules').map((module) => resolve(cwd, module))),
    logFolder: path('LogFolder'),
    logKeepMs: number('LogKeep'),
    logQuotaBytes: number('LogQuota'),
    defaultMessageTimeoutMs: number('DefaultMessageTimeout'),
    defaultMessageRetries: number('DefaultMessageRetries'),
    defaultMethodTimeoutMs: number('DefaultMethodTimeout'),
    defaultExpiresMs: number('DefaultExpires'),
    keepMessagesMs: number('KeepMessages'),
    storeQuotaBytes: number('StoreQuota'),
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

const brokerKeys = [
  {
    address: 'BrokerAddress',
    user: 'BrokerUser',
    nkeySeedFile: 'NkeySeedFile',
    rootCaPath: 'RootCAPath',
  },
  {
    address: 'OtherBrokerAddress',
    user: 'OtherBrokerUser',
    nkeySeedFile: 'OtherNkeySeedFile',
    rootCaPath: 'OtherRootCAPath',
  },
] as const;

function brokersOf({ values, cwd, passwords }: ConfigParts): readonly BrokerConfig[] {
  return brokerKeys
    .filter(({ address }) => values[address] !== '')
    .map((keys) => ({
      servers: Object.freeze([...(values[keys.address] as readonly string[])]),
      ...(values[keys.nkeySeedFile] === '' ? {} : { nkeySeedFile: resolve(cwd, String(values[keys.nkeySeedFile])) }),
      ...(values[keys.rootCaPath] === '' ? {} : { rootCaPath: resolve(cwd, String(values[keys.rootCaPath])) }),
      ...(values[keys.user] === '' ? {} : { user: String(values[keys.user]) }),
      password: () => passwords[keys.user],
    }));
}
