// docs/errors.md, from the table of errors.
import { errorTable } from '../../../../src/model/error-table.ts';

export function errorsPage(): string {
  const rows = Object.entries(errorTable).map(
    ([code, { verdict, status, exit, cause, remedy }]) =>
      `| \`${code}\` | ${exit} | ${status} | ${verdict} | ${cause} | ${remedy} |`,
  );
  return `# Errors

An error is one line on the command line (\`steward: <place>: <what is wrong> (<what to do>)\`), and an object in an answer of the
[API](api.md) or of the intake socket: \`{"error": {"code", "message", "hint", "file", "line", "column", "field"}}\`, with only
those that are known. The codes are stable; the texts are not.

What goes wrong on a node while it runs is in its log, and is counted: \`steward errors\` lists it, on central for all nodes
([protocol.md](protocol.md#errors)), and \`steward errors --code CODE\` says what stands here of one code.

The verdict is what a machine should do: \`retry\` the same later, \`restart\` what failed, \`stop\` what cannot go on so, or only \`tell\`
a person.

| Code | Exit status | HTTP status | Verdict | What has happened | What to do |
|---|---|---|---|---|---|
${rows.join('\n')}

How a _method_ ended is no error of Steward: see the outcome of the message (\`steward status ID\`), and the states in
[protocol.md](protocol.md#states).
`;
}
