// Spans of time as people write them: seconds, or a number with a unit.

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

export const spanUnits: readonly string[] = Object.keys(unitMs);
/** As text. */
export const longestSpanText = 40;

/** The longest span that anything here takes: ten years, in milliseconds. */
export const longestSpanMs = 10 * 365 * 86_400_000;

export const spanExamples = 'seconds, or text such as "10s", "90m", "12h", "30d"';

/**
 * Milliseconds of a span: a number or bare digits are seconds, else a unit follows (ms, s, m, h, d, w). What is more than
 * nothing is at least 1 ms. Undefined for anything else, and for what is not finite; the sign is kept and not judged.
 */
export function parseSpan(value: unknown): number | undefined {
  if (typeof value === 'number') return toMs(value * 1000);
  if (typeof value !== 'string' || value.length > longestSpanText) return undefined;
  const match = /^\s*([+-]?\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*$/.exec(value);
  if (match === null) return undefined;
  const unit = match[2] === '' ? 's' : (match[2] ?? '').toLowerCase();
  const factor = Object.hasOwn(unitMs, unit) ? unitMs[unit] : undefined;
  return factor === undefined ? undefined : toMs(Number(match[1]) * factor);
}

function toMs(ms: number): number | undefined {
  if (!Number.isFinite(ms)) return undefined;
  return ms > 0 ? Math.max(1, Math.round(ms)) : Math.round(ms);
}

/** A span in its largest whole unit: `30d`, `10s`, `1500ms`. */
export function formatSpan(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const factor = unitMs[unit] ?? 1;
    if (ms !== 0 && ms % factor === 0) return `${ms / factor}${unit}`;
  }
  return ms === 0 ? '0s' : `${ms}ms`;
}
