// What the pages about messages and methods have in common.

/** An object as a message file has it. */
export function jsonBlock(value: unknown): string {
  return `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
}

export function codeList(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}
