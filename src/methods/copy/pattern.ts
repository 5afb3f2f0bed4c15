// Which patterns a copy takes: the time to match one may grow with every wildcard by the length of a name, and nothing ends that.
//
// 1. What people write is taken. What could keep the node from all else for minutes is refused, and the node lives on.

/** Of one name between two `/`, and of the whole. */
const mostStars = 3;
const mostStarsWithBraces = 2;
const mostBraces = 2;
const mostAlternatives = 32;
const mostGlobstars = 2;

export function isPattern(path: string): boolean {
  return /[*?[\]{}]/.test(path);
}

/** Throws an error with what is wrong in words. */
export function refuseSlowPattern(pattern: string): void {
  const count = (text: string, part: RegExp): number => text.match(part)?.length ?? 0;
  const names = pattern.split('/');
  const refuse = (why: string): never => {
    throw new Error(`the pattern ${pattern.slice(0, 100)} ${why}: copy a folder, or less of it at a time`);
  };
  if (/[()|]|[\]}]\+/.test(pattern)) refuse('has ( ) | or + in it, which are not taken');
  if (names.filter((name) => name === '**').length > mostGlobstars) refuse(`has more than ${mostGlobstars} **`);
  const braces = count(pattern, /\{/g);
  if (braces > mostBraces || (braces > 0 && count(pattern, /,/g) > mostAlternatives))
    refuse(`has more than ${mostBraces} { } or ${mostAlternatives} commas`);
  const most = braces === 0 ? mostStars : mostStarsWithBraces;
  if (names.some((name) => name !== '**' && count(name, /\*/g) > most)) refuse(`has more than ${most} * in one name`);
}
