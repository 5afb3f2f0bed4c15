// What tests of message files written for the originals share: central with two ships, and files piped in as netcat does.
import type { MessageView } from '../../src/contract/message-view.ts';
import { Fleet, type FleetNode } from './fleet.ts';
import { startTestNatsServer } from './nats-server.ts';

export interface Answer {
  readonly ids?: readonly string[];
  readonly warnings?: readonly string[];
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string; readonly field?: string };
}

export interface OldFleet {
  readonly central: FleetNode;
  readonly ship1: FleetNode;
  readonly ship2: FleetNode;
  /** Pipes the text into central. */
  submit(text: string): Promise<Answer>;
  /** The same, and waits for the end of every message of it. Throws what is refused. */
  run(text: string): Promise<readonly MessageView[]>;
  close(): Promise<void>;
}

export async function openOldFleet(): Promise<OldFleet> {
  const broker = await startTestNatsServer();
  const fleet = await Fleet.open({ broker: broker.url });
  const [central, ship1, ship2] = await fleet.up('central', 'ship1', 'ship2');
  const submit = async (text: string): Promise<Answer> => JSON.parse(await central.pipe(text)) as Answer;
  return {
    central,
    ship1,
    ship2,
    submit,
    async run(text) {
      const { ids, error } = await submit(text);
      if (ids === undefined) throw new Error(`not accepted: ${JSON.stringify(error)}`);
      return Promise.all(ids.map((id) => central.settled(id)));
    },
    async close() {
      await fleet.close();
      await broker.close();
    },
  };
}
