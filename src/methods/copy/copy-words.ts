// What the two ends of a copy say to each other, as `copyDst`: its first argument is the verb.
//
// look, input: the body names files with their content's sum; the answer says of each how much of it is there.
// write: a piece of one file, in the body; the last one of a file has it take its name.
import * as v from 'valibot';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const path = v.pipe(v.string(), v.maxLength(4096));
/** Of its content: SHA-256. */
const sum = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const name = v.pipe(v.string(), v.maxLength(64));
const mode = v.pipe(count, v.maxValue(0o7777));
/** Milliseconds since 1970, with a fraction. */
const time = v.pipe(v.number(), v.minValue(-8.64e15), v.maxValue(8.64e15));

/** Where it goes, from the folder of the whole copy on: parts with `/` between them; empty for a copy that is one file. */
const relative = v.pipe(
  path,
  v.check((text) => text === '' || text.split('/').every((part) => !['', '.', '..'].includes(part))),
  v.check((text) => !text.includes('\0')),
);

const fileSchema = v.object({
  kind: v.literal('file'),
  path: relative,
  size: count,
  sum,
  mode,
  modified: time,
  user: v.optional(name),
  group: v.optional(name),
});
const folderSchema = v.object({ kind: v.literal('folder'), path: relative, mode });
const linkSchema = v.object({ kind: v.literal('link'), path: relative, target: path });
export const entrySchema = v.variant('kind', [fileSchema, folderSchema, linkSchema]);

export const mostEntries = 256;

export const lookSchema = v.object({
  /** As the message names it. */
  target: path,
  /** What the copy is called where the target is a folder that it goes into. */
  name: path,
  /** One file; otherwise the target is a folder. */
  isFile: v.boolean(),
  folderMode: v.optional(mode),
  entries: v.pipe(v.array(entrySchema), v.maxLength(mostEntries), v.readonly()),
});

export const writeSchema = v.object({
  /** The folder of the copy, or its file, as `look` answered it. */
  root: path,
  file: fileSchema,
  at: count,
  folderMode: v.optional(mode),
});

/** Of each entry: so many bytes of it are there · all of it · why it cannot be. */
const standingSchema = v.union([count, v.literal('whole'), v.object({ problem: v.string() })]);
export const lookedSchema = v.object({
  root: path,
  standings: v.array(standingSchema),
  /** What could not be kept of what was asked. */
  notes: v.optional(v.array(v.string())),
});

/** Of a piece that could not be written: from here on the file is wanted. */
export const missedSchema = v.object({ have: count });

export type Entry = v.InferOutput<typeof entrySchema>;
export type FileEntry = v.InferOutput<typeof fileSchema>;
export type Look = v.InferOutput<typeof lookSchema>;
export type Looked = v.InferOutput<typeof lookedSchema>;
export type Standing = v.InferOutput<typeof standingSchema>;
export type Write = v.InferOutput<typeof writeSchema>;
