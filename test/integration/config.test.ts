import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../src/node/config/config.ts';
import { loadConfig, type ConfigInput, type LoadedConfig } from '../../src/node/config/load-config.ts';
import { StewardError } from '../../src/model/error.ts';

let cwd: string;
let file: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'steward-config-'));
  file = join(cwd, 'etc', 'config.toml');
});

afterEach(() => rmSync(cwd, { recursive: true }));

function load(input: Partial<ConfigInput> = {}): LoadedConfig {
  return loadConfig({ flags: {}, env: {}, cwd, hostname: 'machine', write: true, ...input });
}

function refused(input: Partial<ConfigInput> = {}): StewardError {
  try {
    load(input);
  } catch (error) {
    if (error instanceof StewardError) return error;
    throw error;
  }
  throw new Error('expected the configuration to be refused');
}

function given(text: string): void {
  mkdirSync(join(cwd, 'etc'), { recursive: true });
  writeFileSync(file, text);
}

const written = (): string => readFileSync(file, 'utf8');

describe('loadConfig', () => {
  test('has defaults for everything, and writes them at the first start', () => {
    const { config, sources, warnings } = load();
    expect(config).toMatchObject({
      nodeName: 'machine',
      brokers: [{ servers: ['nats://127.0.0.1:4222'] }],
      centralNodeName: 'central',
      configFile: file,
      socketFolder: join(cwd, 'tmp'),
      databaseFolder: join(cwd, 'store'),
      subscribersDataFolder: join(cwd, 'data'),
      defaultMessageTimeoutMs: 10_000,
      defaultMessageRetries: -1,
      defaultMethodTimeoutMs: 10_000,
      defaultExpiresMs: 2_592_000_000,
      drainMs: 10_000,
      outputLimitBytes: 16_777_216,
      maxRunning: 64,
      logLevel: 'info',
      logFormat: 'auto',
    });
    expect(config.brokers).toHaveLength(1);
    expect(config.brokers[0]).not.toHaveProperty('nkeySeedFile');
    expect(config.brokers[0]?.password()).toBeUndefined();
    expect(sources.Drain).toEqual({ value: 10, source: 'default' });
    expect(warnings).toEqual([]);
    expect(written()).toContain('NodeName = "machine"\n');
    expect(written()).toContain('DefaultExpires = "30d"\n');
    expect(readdirSync(join(cwd, 'etc'))).toEqual(['config.toml']);
  });

  test('reads its own first file to the same values, from the file', () => {
    const first = load();
    const before = written();
    const second = load({ hostname: 'renamed' });
    const plain = ({ brokers, ...rest }: Config): object => ({
      ...rest,
      brokers: brokers.map(({ password, ...broker }) => ({ ...broker, password: password() })),
    });
    expect(plain(second.config)).toEqual(plain(first.config));
    expect(second.sources.NodeName).toMatchObject({ value: 'machine', source: 'file', place: { file } });
    expect(written()).toBe(before);
  });

  test('prefers the flag to the environment, that to the file, that to the default', () => {
    given('Drain = 1\nLogLevel = "warn"\nMaxRunning = 3\n');
    const env = { STEWARD_DRAIN: '2', STEWARD_LOG_LEVEL: 'error' };
    const { config, sources } = load({ env, flags: { drain: '3s' } });
    expect(config).toMatchObject({ drainMs: 3000, logLevel: 'error', maxRunning: 3, logFormat: 'auto' });
    expect(sources.Drain).toEqual({ value: '3s', source: 'flag' });
    expect(sources.LogLevel).toEqual({ value: 'error', source: 'environment' });
    expect(sources.MaxRunning).toEqual({ value: 3, source: 'file', place: { file, line: 3 } });
    expect(sources.LogFormat).toEqual({ value: 'auto', source: 'default' });
  });

  test('writes flags back, so that they hold at the next start, and leaves the rest of the file alone', () => {
    given('# my ship\nnodename = "old" # renamed in May\n\nLogLevel = "warn"\n');
    load({ flags: { 'node-name': 'ship1', drain: '20' }, env: { STEWARD_LOG_LEVEL: 'error' } });
    expect(written()).toMatch(
      /^# my ship\nnodename = "ship1" # renamed in May\n\nLogLevel = "warn"\n\n(# .*\n){2}Drain = 20\n$/,
    );
    expect(load().config).toMatchObject({ nodeName: 'ship1', drainMs: 20_000, logLevel: 'warn' });
  });

  test('writes flags and the name of the machine into the first file, and nothing of the environment', () => {
    load({ flags: { maxRunning: '5' }, env: { STEWARD_NODE_NAME: 'other', STEWARD_DRAIN: '7' } });
    expect(written()).toContain('MaxRunning = 5\n');
    expect(written()).toContain('NodeName = "machine"\n');
    expect(written()).toContain('Drain = 10\n');
  });

  test('does not touch the file for a flag that says what the file says', () => {
    given('Drain = "10s"\n');
    const before = statSync(file, { bigint: true });
    load({ flags: { drain: '10' } });
    expect(statSync(file, { bigint: true })).toMatchObject({ ino: before.ino, mtimeNs: before.mtimeNs });
  });

  test('writes nothing unless told, and then what it would have written, once', () => {
    const loaded = load({ write: false, flags: { drain: '5' } });
    expect(() => written()).toThrow(/ENOENT/);
    expect(loaded.save()).toEqual([]);
    expect(written()).toContain('Drain = 5\n');
    writeFileSync(file, '');
    loaded.save();
    expect(written()).toBe('');
  });

  test('writes nothing where a value is wrong', () => {
    given('Drain = 1\n');
    refused({ flags: { drain: '5', 'log-level': 'loud' } });
    expect(written()).toBe('Drain = 1\n');
  });

  test('keeps the mode of the file and the link that leads to it', () => {
    given('');
    writeFileSync(join(cwd, 'real.toml'), 'Drain = 1\n', { mode: 0o600 });
    rmSync(file);
    symlinkSync('../real.toml', file);
    load({ flags: { drain: '2' } });
    expect(readFileSync(join(cwd, 'real.toml'), 'utf8')).toBe('Drain = 2\n');
    expect(statSync(join(cwd, 'real.toml')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(cwd, 'etc'))).toEqual(['config.toml']);
  });

  test('runs with a folder that it cannot write, and says so', () => {
    // Linux's own folder of a process: refused to every user, root included.
    const loaded = load({ flags: { 'config-folder': '/proc/self', drain: '4' } });
    expect(loaded.config.drainMs).toBe(4000);
    expect(loaded.warnings).toEqual([expect.stringMatching(/could not be written .* hold for this start only/)]);
  });

  test('refuses a file that it cannot read', () => {
    writeFileSync(join(cwd, 'etc'), 'no folder');
    expect(refused()).toMatchObject({ code: 'invalid-config', place: { file } });
  });

  test('takes the folder of the file from flag and environment only', () => {
    mkdirSync(join(cwd, 'conf'));
    writeFileSync(join(cwd, 'conf', 'config.toml'), 'Drain = 4\nConfigFolder = "./etc/"\n');
    for (const input of [
      { flags: { 'config-folder': 'conf' } },
      { env: { STEWARD_CONFIG_FOLDER: './conf/' } },
      { env: { CONFIG_FOLDER: join(cwd, 'conf') } },
    ]) {
      const { config, warnings } = load(input);
      expect(config).toMatchObject({ drainMs: 4000, configFolder: join(cwd, 'conf') });
      expect(warnings).toEqual([expect.stringMatching(/line 2: ConfigFolder has no effect/)]);
    }
  });

  test('takes a file of the original, and says which keys have no effect', () => {
    given(
      'BrokerAddress = "127.0.0.1:4222"\nCentralNodeName = "central"\nDefaultMessageRetries = 3\nDefaultMessageTimeout = 10\n' +
        'ErrorMessageRetries = 10\nHTTPListener = ""\nNodeName = "ship1"\nPromHostAndPort = "127.0.0.1:2111"\n' +
        'SocketFolder = "./tmp/"\nStartSubREQHello = true\n',
    );
    const { config, warnings } = load();
    expect(config).toMatchObject({
      nodeName: 'ship1',
      defaultMessageRetries: 3,
      brokers: [{ servers: ['nats://127.0.0.1:4222'] }],
    });
    expect(warnings).toEqual([
      `${file}, line 5: ErrorMessageRetries is not supported yet and has no effect`,
      `${file}, line 8: PromHostAndPort is not supported yet and has no effect`,
      `${file}, line 10: StartSubREQHello is not supported yet and has no effect`,
    ]);
  });

  test('is frozen', () => {
    const { config, sources } = load();
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(sources)).toBe(true);
  });

  test('takes an empty variable as not set, and warns of one that was probably meant', () => {
    const { config, warnings } = load({
      env: { STEWARD_NODE_NAME: '', STEWARD_NODENAME: 'x', STEWARD_SOCKET: '/x', HOME: '/' },
    });
    expect(config.nodeName).toBe('machine');
    expect(warnings).toEqual(['STEWARD_NODENAME has no effect: did you mean STEWARD_NODE_NAME?']);
  });
});

describe('loadConfig, refusals', () => {
  test.each([
    ['Drain = 1\nLogLevel = "loud"\n', 2, /LogLevel cannot be "loud"/, /one of debug, info, warn, error/],
    ['\n\ndefaultmessageretries = "x"', 3, /DefaultMessageRetries cannot be "x"/, /whole number from 0/],
    ['Drian = 5\n', 1, /unknown key "Drian"/, /did you mean Drain\?/],
    ['Drain = 5\ndrain = 6\n', 2, /Drain is given twice/, undefined],
    ['Drain = 5\n\nDrain = 6\n', 3, /not TOML/, undefined],
    ['Drain = \n', 1, /not TOML/, /a line is/],
    ['Drain = 5\n[Drain2]\nx = 1', 1, /unknown key "Drain2"/, undefined],
    ['BrokerPassword = "geheim"', 1, /BrokerPassword does not belong in this file/, /BrokerPasswordFile/],
    ['NodeName = "my ship"', 1, /NodeName cannot be "my ship"/, /try "my-ship"/],
    ['BrokerAddress = "nats://u:geheim@host"', 1, /BrokerAddress holds a user or a password/, /nats:/],
    ['Drain = 2020-01-01\n', 1, /Drain cannot be a date/, /seconds/],
  ])('refuses %j with file and line', (text, line, message, hint) => {
    given(text);
    const error = refused();
    expect(error).toMatchObject({ code: 'invalid-config', place: { file, line } });
    expect(error.message).toMatch(message);
    expect(`${error.message}${error.hint}`).not.toContain('geheim');
    if (hint !== undefined) expect(error.hint).toMatch(hint);
  });

  test('names the flag or the variable that is wrong', () => {
    expect(refused({ flags: { drain: 'x' } })).toMatchObject({
      message: '--drain cannot be "x"',
      place: { field: 'Drain' },
    });
    expect(refused({ env: { STEWARD_DRAIN: 'x' } }).message).toBe('STEWARD_DRAIN cannot be "x"');
    expect(refused({ flags: { 'nod-name': 'x' } })).toMatchObject({ code: 'invalid-usage' });
  });

  test('asks for a name where that of the machine will not do', () => {
    const error = refused({ hostname: 'my--machine' });
    expect(error.message).toMatch(/machine's name, for want of --node-name, cannot be "my--machine"/);
    expect(error.hint).toMatch(/try "my-machine"/);
    expect(load({ hostname: 'my--machine', env: { STEWARD_NODE_NAME: 'ship1' } }).config.nodeName).toBe('ship1');
    expect(written()).toContain('NodeName = ""\n');
  });

  test('refuses a socket folder whose path is too long, with its place', () => {
    given(`SocketFolder = "${'x'.repeat(100)}"\n`);
    expect(refused()).toMatchObject({
      code: 'invalid-config',
      message: expect.stringMatching(/allows 107/) as string,
      hint: expect.stringMatching(/--socket-folder/) as string,
      place: { file, line: 1, field: 'SocketFolder' },
    });
  });

  test('refuses files that cannot be read', () => {
    expect(refused({ flags: { 'nkey-seed-file': 'no.nk' } }).message).toBe(`${join(cwd, 'no.nk')} cannot be read`);
    expect(refused({ flags: { rootCAPath: 'no.pem' } }).place).toEqual({ field: 'RootCAPath' });
  });
});

describe('loadConfig, the password', () => {
  test('comes from the environment or from a file, and is shown nowhere', () => {
    writeFileSync(join(cwd, 'password'), 'geheim\n', { mode: 0o600 });
    for (const input of [
      { env: { STEWARD_BROKER_PASSWORD: 'geheim' }, flags: { 'broker-user': 'ship1' } },
      { flags: { 'broker-user': 'ship1', 'broker-password-file': 'password' } },
    ]) {
      const loaded = load(input);
      expect(loaded.config.brokers[0]?.password()).toBe('geheim');
      expect(loaded.warnings).toEqual([]);
      expect(JSON.stringify(loaded) + inspect(loaded, { depth: 9 }) + written()).not.toContain('geheim');
    }
  });

  test('warns of a file that others can read, and refuses one that is empty, missing, or without a user', () => {
    const password = join(cwd, 'password');
    writeFileSync(password, 'geheim');
    chmodSync(password, 0o644);
    const flags = { 'broker-user': 'u', 'broker-password-file': 'password' };
    expect(load({ flags, write: false }).warnings).toEqual([
      `${password} can be read by others: chmod 600 ${password}`,
    ]);
    writeFileSync(password, '\n');
    expect(refused({ flags }).message).toMatch(/is empty/);
    rmSync(password);
    expect(refused({ flags }).message).toMatch(/cannot be read/);
    expect(refused({ env: { STEWARD_BROKER_PASSWORD: 'geheim' } })).toMatchObject({ place: { field: 'BrokerUser' } });
  });
});
