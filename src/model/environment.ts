// Names in the environment of a command.

const named = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What a node puts into the environment of all its commands, and finds them by. */
const ours: ReadonlySet<string> = new Set(['STEWARD_RUN', 'STEWARD_NODE']);

/** Whether a message may set it. */
export function isEnvironmentName(text: string): boolean {
  return named.test(text) && text.length <= 256 && !ours.has(text);
}
