// Names in the environment of a command.

export const environmentNamePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;
export const longestEnvironmentName = 256;
/** What a node puts into the environment of all its commands, and finds them by. */
export const ownEnvironmentNames: ReadonlySet<string> = new Set(['STEWARD_RUN', 'STEWARD_NODE']);

/** Whether a message may set it. */
export function isEnvironmentName(text: string): boolean {
  return environmentNamePattern.test(text) && text.length <= longestEnvironmentName && !ownEnvironmentNames.has(text);
}

/** A name of a user, or a number. */
export const userPattern = /^(?:\d{1,10}|[A-Za-z_][\w.@-]{0,254}\$?)$/;

export function isUser(text: string): boolean {
  return userPattern.test(text);
}
