// A client of a NATS broker that sends exactly what it is told and shows exactly what it got, line by line.
import { connect, type Socket } from 'node:net';
import { waitFor } from './wait-for.ts';

const lineEnd = '\r\n';

export class RawClient {
  readonly #socket: Socket;
  #received = '';
  #ended = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (this.#received += text));
    socket.on('close', () => (this.#ended = true));
    // A reset is one of the ways in which a broker closes: `ending()` shows that it did.
    socket.on('error', () => (this.#ended = true));
  }

  /** Connected, and greeted by the broker. */
  static async open(port: number): Promise<RawClient> {
    const client = new RawClient(connect({ host: '127.0.0.1', port, noDelay: true }));
    const greeted = (): boolean => client.#received.startsWith('INFO ') && client.#received.includes(lineEnd);
    await waitFor('INFO', () => client.#ended || greeted(), { everyMs: 1 });
    if (!greeted()) throw new Error(`no broker on port ${port}`);
    return client;
  }

  /** What the broker said of itself. Before anything else is read. */
  info(): Record<string, unknown> {
    return JSON.parse(this.#received.slice('INFO '.length, this.#received.indexOf(lineEnd))) as Record<string, unknown>;
  }

  send(...lines: readonly string[]): void {
    this.sendBytes(Buffer.from(lines.map((line) => line + lineEnd).join(''), 'latin1'));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends, and answers all lines that came until the broker had read everything. */
  async ask(...lines: readonly string[]): Promise<readonly string[]> {
    this.send(...lines, 'PING');
    const answered = (): boolean => this.#received.includes(`PONG${lineEnd}`);
    await waitFor('PONG', () => this.#ended || answered(), { everyMs: 1, seen: () => this.#received.slice(-500) });
    if (!answered()) throw new Error(`the broker closed the connection: ${this.#received.slice(-500)}`);
    const end = this.#received.indexOf(`PONG${lineEnd}`);
    const before = this.#received.slice(0, end);
    this.#received = this.#received.slice(end + `PONG${lineEnd}`.length);
    return readLines(before);
  }

  /** Sends, and answers all lines that came until the broker closed. */
  async lastWords(...lines: readonly string[]): Promise<readonly string[]> {
    this.send(...lines);
    return this.ending();
  }

  async ending(): Promise<readonly string[]> {
    await waitFor('the broker to close', () => this.#ended, { seen: () => this.#received.slice(-500) });
    return readLines(this.#received);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }
}

/**
 * Without what a broker may say at any moment (INFO, and its own question whether we live), and without the header by
 * which nats-server from 2.12 on also names the subject to which nobody responded.
 */
function readLines(text: string): readonly string[] {
  const named = /^(HMSG \S+ \S+) \d+ \d+\r\nNATS\/1\.0 503\r\nNats-Subject: .*\r\n/gm;
  const lines = text.replace(named, '$1 16 16\r\nNATS/1.0 503\r\n').split(lineEnd);
  if (lines.at(-1) === '') lines.pop();
  return lines.filter((line) => !line.startsWith('INFO ') && line !== 'PING');
}
