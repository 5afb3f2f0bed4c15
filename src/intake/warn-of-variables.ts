// Text that nearly is a variable: it stays as it is, which its author should know.
import { quote, valueOf, type Given } from './given-fields.ts';
import { nearVariables } from './variables/find-variable.ts';

const fieldsWithVariables = ['methodArgs', 'replyMethodArgs'] as const;

export function warnOfVariables(given: Given): readonly string[] {
  return fieldsWithVariables.flatMap((name) => {
    const value = valueOf(given, name);
    const args: readonly unknown[] = Array.isArray(value) ? value : [];
    return args
      .flatMap((arg) => (typeof arg === 'string' ? nearVariables(arg) : []))
      .map(({ text, meant }) => `${name}: ${quote(text)} is no variable, and stays as it is: did you mean ${meant}?`);
  });
}
