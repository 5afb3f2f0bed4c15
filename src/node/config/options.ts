// The table of everything that a node can be told: the file, flags, environment, help and reference page come from it.
import { longestSpanMs } from '../../base/span.ts';
import { boundOptions } from './bound-options.ts';

type OptionType =
  'text' | 'path' | 'paths' | 'url' | 'nodeName' | 'groups' | 'brokerAddress' | 'integer' | 'span' | 'bytes' | 'choice';

export interface ConfigOption {
  /** Name in `config.toml`. */
  readonly key: string;
  readonly flag: `--${string}`;
  readonly env: `STEWARD_${string}`;
  readonly type: OptionType;
  /** As it is written in the file. Empty: not set. */
  readonly default: string | number;
  /** One sentence, for help, the file and the reference page. */
  readonly doc: string;
  /** Of a choice. */
  readonly allowed?: readonly string[];
  /** Least and greatest value, in `unit`. */
  readonly min?: number;
  readonly max?: number;
  /** A value beside the range, with its meaning. */
  readonly special?: { readonly value: number; readonly meaning: string };
  /** Where it may be given; absent: in all of them. A secret is only in the environment and never shown. */
  readonly only?: 'flag and environment' | 'environment';
}

const mib = 1024 * 1024;

/** Spans have their range in milliseconds, sizes in bytes. `NodeName` has the machine's name as its default. */
export const configOptions = [
  {
    key: 'NodeName',
    flag: '--node-name',
    env: 'STEWARD_NODE_NAME',
    type: 'nodeName',
    default: '',
    doc: "Name of this node, unique among all nodes of the broker; the machine's name unless given.",
  },
  {
    key: 'BrokerAddress',
    flag: '--broker-address',
    env: 'STEWARD_BROKER_ADDRESS',
    type: 'brokerAddress',
    default: 'nats://127.0.0.1:4222',
    doc: 'Address of the broker, such as tls://broker.example.com:4222: nats:// where it has no scheme, 4222 where it has no port. Several of one cluster are separated by commas.',
  },
  {
    key: 'CentralNodeName',
    flag: '--central-node-name',
    env: 'STEWARD_CENTRAL_NODE_NAME',
    type: 'nodeName',
    default: 'central',
    doc: 'Name of the node that hears every other one say hello.',
  },
  {
    key: 'ErrorPostUrl',
    flag: '--error-post-url',
    env: 'STEWARD_ERROR_POST_URL',
    type: 'url',
    default: '',
    doc: 'Address that this node posts the errors to that it knows of, on central those of all nodes, as events of CloudEvents.',
  },
  {
    key: 'Groups',
    flag: '--groups',
    env: 'STEWARD_GROUPS',
    type: 'groups',
    default: '',
    doc: 'Groups that this node belongs to, with commas: whoever sends to `@NAME` reaches it. Central hears of them when the node says hello.',
  },
  {
    key: 'ConfigFolder',
    flag: '--config-folder',
    env: 'STEWARD_CONFIG_FOLDER',
    type: 'path',
    default: './etc',
    doc: 'Folder of config.toml.',
    only: 'flag and environment',
  },
  {
    key: 'SocketFolder',
    flag: '--socket-folder',
    env: 'STEWARD_SOCKET_FOLDER',
    type: 'path',
    default: './tmp',
    doc: 'Folder of steward.sock, which takes message files, and steward-api.sock, which the commands use.',
  },
  {
    key: 'DatabaseFolder',
    flag: '--database-folder',
    env: 'STEWARD_DATABASE_FOLDER',
    type: 'path',
    default: './store',
    doc: 'Folder of the store: outbox, inbox and history.',
  },
  {
    key: 'SubscribersDataFolder',
    flag: '--subscribers-data-folder',
    env: 'STEWARD_SUBSCRIBERS_DATA_FOLDER',
    type: 'path',
    default: './data',
    doc: 'Folder below which messages may write files.',
  },
  {
    key: 'StartupFolder',
    flag: '--startup-folder',
    env: 'STEWARD_STARTUP_FOLDER',
    type: 'path',
    default: '',
    doc: 'Folder of the messages that this node gives itself at each start, a file each; `startup` below ConfigFolder unless given.',
  },
  {
    key: 'MethodsFolder',
    flag: '--methods-folder',
    env: 'STEWARD_METHODS_FOLDER',
    type: 'path',
    default: '',
    doc: 'Folder of programs that are methods of this node, each under the name of its file; `methods` below ConfigFolder unless given.',
  },
  {
    key: 'MethodModules',
    flag: '--method-modules',
    env: 'STEWARD_METHOD_MODULES',
    type: 'paths',
    default: '',
    doc: 'Modules for node that are methods of this node, each under the name of its file: in the file as a list, or as text with commas.',
  },
  {
    key: 'LogFolder',
    flag: '--log-folder',
    env: 'STEWARD_LOG_FOLDER',
    type: 'path',
    default: './log',
    doc: 'Folder of messages.jsonl, the log of all messages.',
  },
  {
    key: 'LogKeep',
    flag: '--log-keep',
    env: 'STEWARD_LOG_KEEP',
    type: 'span',
    default: '90d',
    min: 60_000,
    max: longestSpanMs,
    doc: 'How long files of the log of all messages are kept.',
  },
  {
    key: 'LogQuota',
    flag: '--log-quota',
    env: 'STEWARD_LOG_QUOTA',
    type: 'bytes',
    default: '100MiB',
    min: 8 * mib,
    max: 1024 * 1024 * mib,
    doc: "The most that files of the log of all messages take together; the oldest go first. Central's `error.log`, and the one before it, take up to an eighth of it each.",
  },
  {
    key: 'DefaultMessageTimeout',
    flag: '--default-message-timeout',
    env: 'STEWARD_DEFAULT_MESSAGE_TIMEOUT',
    type: 'span',
    default: 10,
    min: 1,
    max: longestSpanMs,
    doc: 'How long to wait for an ACK before a message is sent again, where it has no ACKTimeout of its own.',
  },
  {
    key: 'DefaultMessageRetries',
    flag: '--default-message-retries',
    env: 'STEWARD_DEFAULT_MESSAGE_RETRIES',
    type: 'integer',
    default: -1,
    min: 0,
    max: 1_000_000,
    special: { value: -1, meaning: 'until the message expires' },
    doc: 'How often a message without retries of its own is sent again.',
  },
  {
    key: 'DefaultMethodTimeout',
    flag: '--default-method-timeout',
    env: 'STEWARD_DEFAULT_METHOD_TIMEOUT',
    type: 'span',
    default: 10,
    min: 1,
    max: longestSpanMs,
    special: { value: -1, meaning: 'no limit' },
    doc: 'How long a method may run, where the message has no methodTimeout of its own.',
  },
  {
    key: 'DefaultExpires',
    flag: '--default-expires',
    env: 'STEWARD_DEFAULT_EXPIRES',
    type: 'span',
    default: '30d',
    min: 1,
    max: longestSpanMs,
    doc: 'How long a message is kept for a node that does not come.',
  },
  {
    key: 'KeepMessages',
    flag: '--keep-messages',
    env: 'STEWARD_KEEP_MESSAGES',
    type: 'span',
    default: '30d',
    min: 1000,
    max: longestSpanMs,
    special: { value: -1, meaning: 'no limit' },
    doc: 'How long finished messages are kept, with their outputs: while the node runs, and to the minute. What is not finished is never removed.',
  },
  {
    key: 'StoreQuota',
    flag: '--store-quota',
    env: 'STEWARD_STORE_QUOTA',
    type: 'bytes',
    default: '1GiB',
    min: 32 * mib,
    max: 1024 * 1024 * mib,
    special: { value: -1, meaning: 'no limit' },
    doc: 'The most that the store takes on the disk. When it comes near that, the oldest finished messages go, however short they were kept; what is not finished stays.',
  },
  {
    key: 'NkeySeedFile',
    flag: '--nkey-seed-file',
    env: 'STEWARD_NKEY_SEED_FILE',
    type: 'path',
    default: '',
    doc: 'File with the seed of the nkey with which the node logs in at the broker.',
  },
  {
    key: 'RootCAPath',
    flag: '--root-ca-path',
    env: 'STEWARD_ROOT_CA_PATH',
    type: 'path',
    default: '',
    doc: "File with the certificate (PEM) by which the broker's certificate is checked.",
  },
  {
    key: 'BrokerUser',
    flag: '--broker-user',
    env: 'STEWARD_BROKER_USER',
    type: 'text',
    default: '',
    doc: 'User name at the broker; its password comes from BrokerPasswordFile or STEWARD_BROKER_PASSWORD.',
  },
  {
    key: 'BrokerPasswordFile',
    flag: '--broker-password-file',
    env: 'STEWARD_BROKER_PASSWORD_FILE',
    type: 'path',
    default: '',
    doc: 'File with the password of BrokerUser.',
  },
  {
    key: 'BrokerPassword',
    flag: '--broker-password',
    env: 'STEWARD_BROKER_PASSWORD',
    type: 'text',
    default: '',
    doc: 'Password of BrokerUser: only in the environment, never a flag, never in this file, never shown.',
    only: 'environment',
  },
  {
    key: 'OtherBrokerAddress',
    flag: '--other-broker-address',
    env: 'STEWARD_OTHER_BROKER_ADDRESS',
    type: 'brokerAddress',
    default: '',
    doc: 'Address of a second broker, of a node that is to carry messages between the nodes of both.',
  },
  {
    key: 'OtherNkeySeedFile',
    flag: '--other-nkey-seed-file',
    env: 'STEWARD_OTHER_NKEY_SEED_FILE',
    type: 'path',
    default: '',
    doc: 'The same as NkeySeedFile, at the second broker.',
  },
  {
    key: 'OtherRootCAPath',
    flag: '--other-root-ca-path',
    env: 'STEWARD_OTHER_ROOT_CA_PATH',
    type: 'path',
    default: '',
    doc: 'The same as RootCAPath, for the second broker.',
  },
  {
    key: 'OtherBrokerUser',
    flag: '--other-broker-user',
    env: 'STEWARD_OTHER_BROKER_USER',
    type: 'text',
    default: '',
    doc: 'User name at the second broker; its password comes from OtherBrokerPasswordFile.',
  },
  {
    key: 'OtherBrokerPasswordFile',
    flag: '--other-broker-password-file',
    env: 'STEWARD_OTHER_BROKER_PASSWORD_FILE',
    type: 'path',
    default: '',
    doc: 'File with the password of OtherBrokerUser.',
  },
  {
    key: 'Drain',
    flag: '--drain',
    env: 'STEWARD_DRAIN',
    type: 'span',
    default: 10,
    min: 0,
    max: 86_400_000,
    doc: 'How long a node that is told to stop waits for the methods that run, before it kills them.',
  },
  {
    key: 'OutputLimit',
    flag: '--output-limit',
    env: 'STEWARD_OUTPUT_LIMIT',
    type: 'bytes',
    default: '16MiB',
    min: 1,
    max: 64 * mib,
    doc: 'The most output of a method; one with more fails as "output too large".',
  },
  ...boundOptions,
  {
    key: 'LogLevel',
    flag: '--log-level',
    env: 'STEWARD_LOG_LEVEL',
    type: 'choice',
    default: 'info',
    allowed: ['debug', 'info', 'warn', 'error'],
    doc: 'What the log tells.',
  },
  {
    key: 'LogFormat',
    flag: '--log-format',
    env: 'STEWARD_LOG_FORMAT',
    type: 'choice',
    default: 'auto',
    allowed: ['auto', 'text', 'json'],
    doc: 'How the log is written; auto: text on a terminal, JSON lines elsewhere.',
  },
] as const satisfies readonly ConfigOption[];

export type ConfigKey = (typeof configOptions)[number]['key'];

/** The option under any spelling of its name: `NodeName`, `node-name`, `nodeName`, `NODE_NAME`. */
export function findOption(name: string): (ConfigOption & { readonly key: ConfigKey }) | undefined {
  return byLetters.get(lettersOf(name));
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}

const byLetters: ReadonlyMap<string, ConfigOption & { readonly key: ConfigKey }> = new Map(
  configOptions.map((option) => [lettersOf(option.key), option]),
);
