// The answers of those messages of a batch that say hello.
import { describeError } from '../../model/error.ts';
import { withOutput } from '../result.ts';
import type { RunKey, RunRequest, RunResult } from '../run.ts';
import type { NodeFacts } from './facts.ts';

/** Each `hello` that has left its line is told the facts of this node: they are asked for once for all of a batch. */
export async function answerHellos(
  requests: readonly RunRequest[],
  results: ReadonlyMap<RunKey | undefined, RunResult>,
  facts: NodeFacts,
): Promise<readonly RunResult[]> {
  const told = (request: RunRequest): boolean =>
    request.message.method === 'hello' && results.get(request.key)?.outcome.state === 'succeeded';
  let document: Buffer | undefined;
  try {
    if (requests.some(told)) document = await facts.document();
  } catch (error) {
    document = Buffer.from(`${JSON.stringify({ problems: { facts: describeError(error) } })}\n`);
  }
  return requests.flatMap((request) => {
    const result = results.get(request.key) ?? [];
    return document === undefined || Array.isArray(result) || !told(request) ? result : withOutput(result, document);
  });
}
