// Tells the operator of a process that crashed: that it began anew, or that it is stopped now.
import type { Child } from '../supervisor/child.ts';
import type { Context } from './context.ts';

export function reportCrash(
  context: Context,
  what: { readonly child: Child; readonly error: unknown; readonly node: string; readonly lane: string },
): void {
  const { child, error, node, lane } = what;
  const fate = context.supervisor.crashed(child, error);
  const { id } = child.spec;
  context.notice({ type: 'unheard', to: node });
  const data = { node, lane, process: id };
  const text = child.lastError?.text ?? String(error);
  if (fate === 'restart') context.report('process-crashed', `${id} crashed, and began anew: ${text}`, data);
  else context.report('process-stopped', `${id} is stopped: ${child.reason ?? text}`, data);
}
