// Intake's heart: a message file in, drafts out. The whole file or nothing of it.
import { atOnce } from '../base/turns.ts';
import { StewardError } from '../model/error.ts';
import type { Draft } from '../model/message.ts';
import { draftMessage, type DraftDefaults } from './draft-message.ts';
import { readFields } from './given-fields.ts';
import type { LateMessage } from './late-joiners.ts';
import { readSource } from './read-source.ts';
import { maxSubmissionMessages } from './read-targets.ts';

/** Of one submission: more of them are told no better. */
const mostWarnings = 100;

export interface ParseOptions {
  readonly defaults: DraftDefaults;
  /** Name of the file, for errors. */
  readonly file?: string;
}

/**
 * The drafts of a message file, JSON or YAML, in the order of the file and, for a message to several nodes, of its nodes.
 * Throws `invalid-message` with line, column and field of the first message that is wrong, and `too-large`.
 */
export function parseMessageFile(input: string | Uint8Array, options: ParseOptions): readonly Draft[] {
  return atOnce(parsingOf(input, options)).drafts;
}

export interface Parsed {
  readonly drafts: readonly Draft[];
  /** For each message of the file, how many of the drafts are of it. */
  readonly counts: readonly number[];
  /** Of those that also go to nodes that appear later; `part`: which message of the file, from 0. */
  readonly late: readonly (LateMessage & { readonly part: number })[];
  /** What their author should know, each said once. */
  readonly warnings: readonly string[];
}

/** The same in steps, of one message at most. */
export function* parsingOf(input: string | Uint8Array, options: ParseOptions): Generator<void, Parsed> {
  const { defaults, file } = options;
  const source = yield* readNamedSource(input, file);
  const drafts: Draft[] = [];
  const counts: number[] = [];
  const late: (LateMessage & { readonly part: number })[] = [];
  const warnings = new Set<string>();
  for (let index = 0; index < source.messages.length; index += 1) {
    const drafted = draftMessage(readFields({ source, file, index }), defaults);
    const more = drafted.drafts;
    if (drafts.length + more.length > maxSubmissionMessages) {
      throw new StewardError('too-large', `more than ${maxSubmissionMessages} messages in one submission`, {
        hint: 'send them in several parts; each node of a message counts as one',
        ...(file === undefined ? {} : { place: { file } }),
      });
    }
    for (const draft of more) drafts.push(draft);
    counts.push(more.length);
    if (drafted.late !== undefined) late.push({ ...drafted.late, part: index });
    for (const warning of drafted.warnings) if (warnings.size < mostWarnings) warnings.add(warning);
    yield;
  }
  return { drafts, counts, late, warnings: [...warnings] };
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
