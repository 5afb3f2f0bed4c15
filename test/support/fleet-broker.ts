// The built-in broker as a process of its own, as people try Steward out.
import { mkdirSync } from 'node:fs';
import { freePort } from './nats-server.ts';
import { startSteward, type StewardProcess } from './run-steward.ts';
import { waitFor } from './wait-for.ts';

/** The built-in broker as a process; on the same port at every start. */
export class FleetBroker {
  readonly #folder: string;
  #process: StewardProcess | undefined;
  #port = 0;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** Answers its port. */
  async start(): Promise<number> {
    if (this.#port === 0) this.#port = await freePort();
    // Without a nats-server on the PATH it is the built-in one.
    const env = { PATH: this.#folder };
    const started = startSteward(['broker', '--port', String(this.#port)], {
      cwd: this.#folder,
      env,
      // Nothing is on that PATH, its Node neither.
      runtime: process.execPath,
    });
    this.#process = started;
    await waitFor('the broker to listen', () => started.out().includes(String(this.#port)), { seen: started.err });
    return this.#port;
  }

  async kill(): Promise<void> {
    this.#process?.child.kill('SIGKILL');
    await this.#process?.ended;
  }
}
