// A crowd as a row of the benchmark holds it: starts its process, gives it orders, ends it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { CrowdFigures, Orders } from './crowd.ts';

export interface Crowd extends Orders {
  readonly close: () => Promise<void>;
}

/** Resolves when all nodes have said hello. One order at a time: each rejects where the process has ended. */
export async function openCrowd(of: { readonly brokerUrl: string; readonly nodes: number }): Promise<Crowd> {
  const child = fork(process.argv[1] ?? '', ['crowd', of.brokerUrl, String(of.nodes)]);
  // Not `close`: it does not come when it was the parent that disconnected.
  const ended = once(child, 'exit');
  const answer = async (): Promise<unknown> => {
    const [message] = await Promise.race([
      once(child, 'message') as Promise<[{ readonly answer?: unknown }]>,
      ended.then(() => {
        throw new Error('the process of the crowd has ended');
      }),
    ]);
    return message.answer;
  };
  const order = (name: keyof Orders, wanted?: object): Promise<unknown> => {
    child.send({ name, wanted });
    return answer();
  };
  await answer();
  return {
    count: async (wanted) => void (await order('count', wanted)),
    storm: async (wanted) => (await order('storm', wanted)) as CrowdFigures,
    figures: async () => (await order('figures')) as CrowdFigures,
    async close() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
