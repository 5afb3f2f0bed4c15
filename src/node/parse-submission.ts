// A submission as drafts, with the files that it names read in between.
import type { Timers } from '../base/clock.ts';
import { inTurns, type Turns } from '../base/turns.ts';
import type { DraftDefaults } from '../intake/draft-message.ts';
import { parsingOf, type Parsed } from '../intake/parse-message-file.ts';
import type { FileOf } from '../intake/read-work.ts';
import type { MessageId } from '../model/message.ts';
import { NamedFiles, readNamedFiles } from './read-named-files.ts';

export interface ParsePlace {
  readonly defaults: DraftDefaults;
  /** What a path that is not absolute counts from. */
  readonly folder: string;
  /** Name of the file, for errors. */
  readonly file?: string;
  readonly timers: Timers;
  readonly turns: () => Turns;
}

/** What of it is taken in; `beforehand` is called with the id of its first message, before it is submitted. */
export type Taken = Pick<Parsed, 'drafts'> & Partial<Parsed> & { readonly beforehand?: (id: MessageId) => void };

export async function parseSubmission(bytes: Uint8Array, place: ParsePlace): Promise<Parsed> {
  const { defaults, folder, timers, turns } = place;
  const of = place.file === undefined ? {} : { file: place.file };
  const parse = (fileOf: FileOf): Promise<Parsed> =>
    inTurns(parsingOf(bytes, { ...of, defaults: { ...defaults, fileOf } }), turns());
  const named = new NamedFiles();
  const parsed = await parse(named.note);
  return named.paths.size === 0 ? parsed : parse(await readNamedFiles(named.paths, { folder, timers }));
}
