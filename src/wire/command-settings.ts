// How a command is run, as a head says it.
import { isEnvironmentName, isUser } from '../model/environment.ts';
import type { CommandSettings } from '../model/message.ts';
import { fields, text, texts, type Fields } from './field.ts';
import { invalid } from './frame.ts';

export function packSettings({ cwd, env, user, onlyIf }: CommandSettings): Record<string, unknown> {
  return {
    ...(cwd === undefined ? {} : { c: cwd }),
    ...(env === undefined ? {} : { e: env }),
    ...(user === undefined ? {} : { u: user }),
    ...(onlyIf === undefined ? {} : { i: onlyIf }),
  };
}

const keys: ReadonlySet<string> = new Set('ceui');

/** Throws `invalid-frame`. */
export function unpackSettings(head: Fields): CommandSettings {
  const unknown = Object.keys(head).find((key) => !keys.has(key));
  if (unknown !== undefined) throw invalid(`"${unknown.slice(0, 20)}" is no setting of a command`);
  const env = head['e'] === undefined ? undefined : fields(head['e']);
  const values = Object.entries(env ?? {});
  if (!values.every(([name, value]) => isEnvironmentName(name) && typeof value === 'string' && !value.includes('\0')))
    throw invalid('"e" is no environment');
  if (head['u'] !== undefined && !isUser(text(head, 'u', 256))) throw invalid('"u" is no user');
  const words = [head['c'] ?? '', ...(Array.isArray(head['i']) ? head['i'] : [])];
  if (words.some((word) => typeof word === 'string' && word.includes('\0'))) throw invalid('a zero byte in a setting');
  return {
    ...(head['c'] === undefined ? {} : { cwd: text(head, 'c') }),
    ...(env === undefined ? {} : { env: env as Readonly<Record<string, string>> }),
    ...(head['u'] === undefined ? {} : { user: text(head, 'u', 256) }),
    ...(head['i'] === undefined ? {} : { onlyIf: texts(head, 'i') }),
  };
}
