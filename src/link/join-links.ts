// Several brokers as one link: a node that is connected to two of them reaches the nodes of both.
//
// Boundary. From and to: the engine, as one link is. Beneath: open-link.ts, one for each broker.
// 1. What a node has to say to another goes to the broker where that was heard last, and to all of them where it was not.
// 2. "Nobody there" is passed on only when every broker that is up has said so, or the one where the node was.
// 3. It is up while one of them is. Each that comes up is told of: what waits for its nodes may go.
import type { NodeName } from '../model/node-name.ts';
import { parseSubject } from '../model/subject.ts';
import { openLink, type Link, type LinkOptions } from './open-link.ts';

export type Broker = Pick<LinkOptions, 'servers' | 'user' | 'password' | 'nkeySeedFile' | 'rootCaPath'>;
export type JoinedOptions = Omit<LinkOptions, keyof Broker | 'onUp'> & {
  readonly brokers: readonly Broker[];
  /** One of them is there; `shown`: all of them, for people. */
  readonly onUp: (shown: string) => void;
  /** One of several has gone, and another one is there. */
  readonly onPartlyDown: (shown: string) => void;
};

/** Nodes of which it is remembered where they are; of any other all brokers are asked. */
const maxPlaces = 100_000;

interface Joined {
  readonly broker: Broker;
  readonly link: Link;
  /** Its server, while it is up. */
  server: string | undefined;
}

/** Throws what `openLink` throws. */
export function openLinks({ brokers, ...options }: JoinedOptions): Link {
  const [only, ...others] = brokers;
  if (only !== undefined && others.length === 0) return openLink({ ...options, ...only });
  const links: Joined[] = [];
  const places = new Map<NodeName, Joined>();
  /** Who has said that a node is not there, since it was heard last. */
  const absences = new Map<NodeName, Set<Joined>>();
  const shown = (): string =>
    links.map(({ broker, server }) => server ?? `${broker.servers.join(',')} (down)`).join(', ');
  const up = (): readonly Joined[] => links.filter(({ server }) => server !== undefined);

  const heard = (name: NodeName, from: Joined): void => {
    absences.delete(name);
    places.delete(name);
    places.set(name, from);
    const oldest = places.keys().next();
    if (places.size > maxPlaces && oldest.done !== true) places.delete(oldest.value);
  };
  /** Whether nobody who could have it has it. */
  const isNowhere = (name: NodeName, saidBy: Joined): boolean => {
    const place = places.get(name);
    if (place !== undefined && place !== saidBy) return false;
    places.delete(name);
    const said = (absences.get(name) ?? new Set()).add(saidBy);
    absences.set(name, said);
    if (place === undefined && !up().every((link) => said.has(link))) return false;
    absences.delete(name);
    return true;
  };
  const open = (broker: Broker): void => {
    const joined: Joined = {
      broker,
      server: undefined,
      link: openLink({
        ...options,
        ...broker,
        onFrame(subject, bytes) {
          const from = parseSubject(subject)?.from;
          if (from !== undefined) heard(from, joined);
          options.onFrame(subject, bytes);
        },
        onNoResponders(subject) {
          const route = parseSubject(subject);
          if (route === undefined || isNowhere(route.from, joined)) options.onNoResponders(subject);
        },
        onUp(server) {
          joined.server = server;
          absences.clear();
          options.onUp(shown());
        },
        onDown() {
          joined.server = undefined;
          for (const [name, place] of places) if (place === joined) places.delete(name);
          absences.clear();
          if (up().length === 0) options.onDown();
          else options.onPartlyDown(shown());
        },
      }),
    };
    links.push(joined);
  };
  const closeAll = async (): Promise<void> => {
    await Promise.all(links.map(({ link }) => link.close()));
  };
  try {
    brokers.forEach(open);
  } catch (error) {
    // Nobody else could: what was opened would go on dialing.
    closeAll().catch(options.onFailed);
    throw error;
  }

  return {
    publish(subject, bytes, reply) {
      const route = parseSubject(subject);
      const place = route === undefined || route.type === 'hello' ? undefined : places.get(route.to);
      for (const { link } of place === undefined ? up() : [place]) link.publish(subject, bytes, reply);
    },
    listen: (subject) => links.forEach(({ link }) => link.listen(subject)),
    unlisten: (subject) => links.forEach(({ link }) => link.unlisten(subject)),
    close: closeAll,
  };
}
