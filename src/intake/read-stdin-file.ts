// A file of its node that a command reads from its standard input: `stdinFile`.
import { inputId } from '../model/input-name.ts';
import type { MethodName } from '../model/method-name.ts';
import { isFieldFor } from './fields/fields.ts';
import { refuse, type Given } from './given-fields.ts';
import { readPath } from './read-value.ts';

/** Undefined where there is none. A command has one standard input. */
export function readStdinFile(
  given: Given,
  of: { readonly method: MethodName; readonly hasBody: boolean; readonly isScheduled: boolean },
): string | undefined {
  const path = readPath(given, 'stdinFile');
  if (path === '') return undefined;
  if (!isFieldFor('stdinFile', of.method))
    refuse(given, 'stdinFile', {
      message: `stdinFile is for commands, and ${of.method} is none`,
      hint: 'leave stdinFile out',
    });
  if (of.hasBody)
    refuse(given, 'stdinFile', {
      message: 'the standard input of this command is taken already, by stdin, data or a variable',
      hint: 'give one of them',
    });
  if (path.startsWith('input:') && inputId(path) === undefined)
    refuse(given, 'stdinFile', {
      message: 'behind "input:" stands an id of 20 letters and digits',
      hint: 'write ./input:… for a file of that name',
    });
  if (of.isScheduled && inputId(path) !== undefined)
    refuse(given, 'stdinFile', {
      message: 'what is copied for one command is gone after its first run',
      hint: 'copy it to a path of its own with "steward cp", and name that',
    });
  return path;
}
