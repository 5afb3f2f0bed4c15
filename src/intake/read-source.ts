// From bytes to messages that are not yet checked: encoding, then JSON or YAML.
import { isUtf8 } from 'node:buffer';
import { StewardError } from '../model/error.ts';
import { findJsonMistake } from './json-mistake.ts';
import { createJsonScanner } from './json-scanner.ts';
import { readJsonSource } from './json-source.ts';
import { deepestNesting, positionAt, type SourceText } from './source-text.ts';
import { maxYamlBytes, readYamlSource } from './yaml-source.ts';

/** JSON in steps. Throws `invalid-message` and `too-large`. */
export function* readSource(input: string | Uint8Array): Generator<void, SourceText> {
  const bytes =
    typeof input === 'string' ? Buffer.from(input) : Buffer.from(input.buffer, input.byteOffset, input.length);
  const text = decodeText(bytes);
  if (!/^\s*[[{]/.test(text)) {
    if (text.trim() === '') throw empty();
    return nonEmpty(readYamlSource(text));
  }
  refuseDepth(bytes);
  yield;
  return nonEmpty(yield* readJsonOrFlow(text));
}

function decodeText(bytes: Buffer): string {
  if (!isUtf8(bytes)) {
    const at = firstInvalidByte(bytes);
    const valid = bytes.subarray(0, at).toString('utf8');
    throw new StewardError('invalid-message', `the text is not UTF-8: byte ${at + 1}`, {
      hint: 'save the file as UTF-8; bytes that are no text go into data: {"base64": "…"}',
      place: positionAt(valid, valid.length),
    });
  }
  const text = bytes.toString('utf8');
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** Decoding writes U+FFFD for what is wrong: the first byte that does not come back is the one. */
function firstInvalidByte(bytes: Buffer): number {
  const again = Buffer.from(bytes.toString('utf8'));
  let at = 0;
  while (at < bytes.length && bytes[at] === again[at]) at += 1;
  return at;
}

/**
 * JSON, or YAML in its flow style, which looks alike. What is neither is reported as the JSON that it was most likely
 * meant to be. So is JSON with a mistake that YAML would gloss over: it takes a line break in a string for a space, and a
 * missing value for null.
 */
function* readJsonOrFlow(text: string): Generator<void, SourceText> {
  try {
    return yield* readJsonSource(text);
  } catch (error) {
    if (error instanceof StewardError) throw error;
    // The engine's words differ from version to version and do not always name a place: ours do.
    const mistake = findJsonMistake(text) ?? { offset: 0, problem: 'unreadable', yamlToo: false };
    const flow = mistake.yamlToo && text.length <= maxYamlBytes ? readFlow(text) : undefined;
    if (flow !== undefined) return flow;
    const place = positionAt(text, mistake.offset);
    throw new StewardError('invalid-message', `not JSON: ${mistake.problem}`, { place });
  }
}

function readFlow(text: string): SourceText | undefined {
  try {
    return readYamlSource(text);
  } catch {
    // Neither: the caller reports what is wrong with it as JSON.
    return undefined;
  }
}

function refuseDepth(bytes: Uint8Array): void {
  const scanner = createJsonScanner();
  scanner.push(bytes);
  if (scanner.deepest() <= deepestNesting) return;
  throw new StewardError('invalid-message', `nested deeper than ${deepestNesting} levels`, {
    hint: 'a message file is a list of messages',
  });
}

function nonEmpty(source: SourceText): SourceText {
  if (source.messages.length === 0) throw empty();
  return source;
}

function empty(): StewardError {
  return new StewardError('invalid-message', 'there is no message in the input', {
    hint: 'give one message, or a list of them: [{"toNode": "ship1", "method": "ping"}]',
  });
}
