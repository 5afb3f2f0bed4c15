// The form of subjects: tokens parted by dots; in a subscription `*` stands for one token, a last `>` for one or more.

/** Undefined where a token is empty: nobody can subscribe to such a subject, and nobody is sent what is published on it. */
export function subjectTokens(subject: string): readonly string[] | undefined {
  const tokens = subject.split('.');
  return tokens.includes('') ? undefined : tokens;
}

export function isSubscribable(subject: string): boolean {
  const tokens = subjectTokens(subject);
  return tokens !== undefined && !tokens.slice(0, -1).includes('>');
}

export function isLiteral(subject: string): boolean {
  const tokens = subjectTokens(subject);
  return tokens !== undefined && !tokens.includes('*') && !tokens.includes('>');
}
