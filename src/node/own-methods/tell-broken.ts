// Tells at a start which modules cannot be methods: their owner has named them, and hears of it without asking.
import type { Methods } from '../../methods/create-methods.ts';
import { describeError } from '../../model/error.ts';
import type { Report } from '../../model/error-report.ts';

interface Parts {
  readonly methods: Pick<Methods, 'own'>;
  readonly report: Report;
}

/** Never rejects. Each is told once. */
export async function tellBroken({ methods, report }: Parts): Promise<void> {
  try {
    for (const { name, problem } of await methods.own.listModules())
      if (problem !== undefined) report('method-broken', `the own method ${name} cannot be run: ${problem}`, { name });
  } catch (error) {
    report('method-broken', `methods of this node's own cannot be looked at: ${describeError(error)}`);
  }
}
