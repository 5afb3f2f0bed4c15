// Text of other machines, made fit to be printed: it may not steer the terminal of the person who reads it.

// Control characters but tab and newline, and those that turn the direction of writing.
// eslint-disable-next-line no-control-regex
const steering = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Each control character as its escape (`\x1b`). Tabs and newlines stay. */
export function printable(text: string): string {
  return text.replace(steering, escape);
}

/** As `printable`, on one line. */
export function oneLine(text: string): string {
  return printable(text.trim().replace(/\s*\n\s*/g, ' '));
}

/** A command's output for a terminal: `printable`, and line ends of Windows as line ends. What is no UTF-8 becomes `�`. */
export function printableOutput(bytes: Uint8Array): string {
  return printable(new TextDecoder().decode(bytes).replaceAll('\r\n', '\n'));
}

/** JSON that steers no terminal either, and is the same value. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(steering, (char) => `\\u${hex(char, 4)}`);
}

function escape(char: string): string {
  return char.charCodeAt(0) < 256 ? `\\x${hex(char, 2)}` : `\\u${hex(char, 4)}`;
}

function hex(char: string, digits: number): string {
  return char.charCodeAt(0).toString(16).padStart(digits, '0');
}
