// What commands of this node, or copies from it, are to read: taken in piece by piece from a client.
import type { InputService } from '../api/service.ts';
import type { Timers } from '../base/clock.ts';
import type { DraftDefaults } from '../intake/draft-message.ts';
import type { Inputs } from '../methods/input/inputs.ts';
import type { NodeName } from '../model/node-name.ts';

const hourMs = 3_600_000;

/** Has them grow older, until the answer is called. */
export function ageInputs(inputs: Pick<Inputs, 'tidy'>, timers: Timers): () => void {
  let cancel = timers.after(hourMs, () => void again());
  let closed = false;
  const again = async (): Promise<void> => {
    await inputs.tidy().catch(() => {
      // A disk that gives no answer now may do so in an hour.
    });
    if (!closed) cancel = timers.after(hourMs, () => void again());
  };
  return () => {
    closed = true;
    cancel();
  };
}

export function takeInputs(
  inputs: Pick<Inputs, 'add' | 'keep' | 'drop'>,
  of: { readonly node: NodeName; readonly defaults: Pick<DraftDefaults, 'expiresMs'> },
): InputService {
  const key = (id: string): { from: NodeName; id: string } => ({ from: of.node, id });
  return {
    addInput: async ({ id, at, bytes }) => ({ bytes: await inputs.add(key(id), { at, bytes }) }),
    async keepInput(id, { as = [], expires }) {
      await inputs.keep(key(id), { as, expiresMs: expires === undefined ? of.defaults.expiresMs : expires * 1000 });
      return {};
    },
    async dropInput(id) {
      await inputs.drop(key(id));
      return {};
    },
  };
}
