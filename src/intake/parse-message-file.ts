// Intake's heart: a message file in, drafts out. The whole file or nothing of it.
import { atOnce } from '../base/turns.ts';
import { StewardError } from '../model/error.ts';
import type { Draft } from '../model/message.ts';
import { draftMessage, type DraftDefaults } from './draft-message.ts';
import { readFields } from './given-fields.ts';
import { readSource } from './read-source.ts';
import { maxSubmissionMessages } from './read-targets.ts';

export interface ParseOptions {
  readonly defaults: DraftDefaults;
  /** Name of the file, for errors. */
  readonly file?: string;
}

/**
 * The drafts of a message file, JSON or YAML, in the order of the file and, for a message to several nodes, of its nodes.
 * Throws `invalid-message` with line, column and field of the first message that is wrong, and `too-large`.
 */
export function parseMessageFile(input: string | Uint8Array, options: ParseOptions): Draft[] {
  return atOnce(parsingOf(input, options));
}

/** The same in steps, of one message at most. */
export function* parsingOf(input: string | Uint8Array, options: ParseOptions): Generator<void, Draft[]> {
  const { defaults, file } = options;
  const source = yield* readNamedSource(input, file);
  const drafts: Draft[] = [];
  for (let index = 0; index < source.messages.length; index += 1) {
    const more = draftMessage(readFields({ source, file, index }), defaults);
    if (drafts.length + more.length > maxSubmissionMessages) {
      throw new StewardError('too-large', `more than ${maxSubmissionMessages} messages in one submission`, {
        hint: 'send them in several parts; each node of a message counts as one',
        ...(file === undefined ? {} : { place: { file } }),
      });
    }
    for (const draft of more) drafts.push(draft);
    yield;
  }
  return drafts;
}

function* readNamedSource(input: string | Uint8Array, file: string | undefined): ReturnType<typeof readSource> {
  try {
    return yield* readSource(input);
  } catch (error) {
    if (file === undefined || !(error instanceof StewardError)) throw error;
    throw new StewardError(error.code, error.message, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      place: { file, ...error.place },
      cause: error,
    });
  }
}
