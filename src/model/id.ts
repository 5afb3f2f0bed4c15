// Message ids: 20 characters, sortable in the order in which one node made them, whatever its clock does.
import type { MessageId } from './message.ts';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
/** Without anchors, as the source of another pattern. */
export const messageIdPattern = '[0-9a-hjkmnp-tv-z]{20}';
const pattern = new RegExp(`^${messageIdPattern}$`);

/** For whoever gave something else. */
export const messageIdHint = 'an id has 20 letters and digits, none of them i, l, o or u, as "steward send" prints it';

export function isMessageId(text: string): boolean {
  return pattern.test(text);
}

/**
 * Makes ids of 50 bits of time and 50 of a count that begins at a random place. Inside one millisecond, or while the clock stands
 * or goes back, it counts on from the last one: it begins in the lower half, so that it never comes to the end of its digits.
 */
export function createIdSource(options: { now: () => number; random48: () => number }): () => MessageId {
  let lastTime = -1;
  let low = 0;
  return () => {
    const now = Math.max(0, Math.floor(options.now()));
    if (now > lastTime) {
      lastTime = now;
      low = options.random48() * 2;
    } else {
      low += 1;
    }
    return digits(lastTime, 10) + digits(low, 10);
  };
}

function digits(value: number, count: number): string {
  let rest = value;
  let text = '';
  for (let index = 0; index < count; index += 1) {
    text = (alphabet[rest % 32] ?? '0') + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
