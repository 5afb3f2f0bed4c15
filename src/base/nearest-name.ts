// Finds the name that somebody probably meant.

const longestCompared = 64;

/**
 * The known name nearest to the text by edit distance (insert, delete, replace, swap of neighbours), without regard to
 * case; undefined where none is near enough to be worth a suggestion.
 */
export function nearestName(text: string, names: Iterable<string>): string | undefined {
  if (text.length > longestCompared) return undefined;
  const wanted = text.toLowerCase();
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of names) {
    const distance = editDistance(wanted, name.toLowerCase());
    const limit = Math.max(1, Math.floor(Math.max(wanted.length, name.length) * 0.45));
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { name, distance };
  }
  return best?.name;
}

/** A hint that names the nearest name, or lists them all where none is near. */
export function suggestName(text: string, names: readonly string[]): string {
  const nearest = nearestName(text, names);
  return nearest === undefined ? `known: ${names.join(', ')}` : `did you mean ${nearest}?`;
}

function editDistance(left: string, right: string): number {
  let beforeLast: readonly number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[right.length] ?? 0;
}
