// Requests, groups and the ends of subscriptions: nats-server shows it, and the built-in broker must do the same.
import { describe } from 'vitest';
import { brokersOfFile, asks, connectLine, noResponders } from '../support/two-brokers.ts';

const { same } = brokersOfFile();

describe('no responders', () => {
  same('tells the requester by its own subscription', asks('SUB r 1', 'PUB a r 2', 'hi'), noResponders('r', '1'));
  same('tells by a wildcard of its own', asks('SUB r.> 1', 'PUB a r.1 2', 'hi'), noResponders('r.1', '1'));
  same('tells nobody who has no subscription for it', asks('PUB a r 2', 'hi'), []);
  same('tells no queue group', asks('SUB r q 1', 'PUB a r 2', 'hi'), []);
  same('tells nobody without a reply subject', asks('SUB r 1', 'PUB a 2', 'hi'), []);
  same(
    'tells nobody who did not ask for it',
    asks('CONNECT {"no_responders":false}', 'SUB r 1', 'PUB a r 2', 'hi'),
    [],
  );
  same('is hidden by a wildcard over the requests', asks('SUB r 1', 'SUB a.> 2', 'PUB a.b r 2', 'hi'), [
    'MSG a.b 2 r 2',
    'hi',
  ]);
  same(
    'is not hidden by an echo that is not wanted',
    asks('CONNECT {"echo":false}', 'SUB r 1', 'SUB a 2', 'PUB a r 2', 'hi'),
    noResponders('r', '1'),
  );
  same('says so for a subject that reaches nobody', asks('SUB r 1', 'PUB a..b r 2', 'hi'), noResponders('r', '1'));
  same(
    'tells the requester and no one else',
    async (open) => {
      const [requester, tap] = [await open(), await open()];
      await tap.ask(connectLine, 'SUB r.* 9');
      await requester.ask(connectLine, 'SUB r.1 1');
      return { requester: await requester.ask('PUB a r.1 2', 'hi'), tap: await tap.ask() };
    },
    { requester: noResponders('r.1', '1'), tap: [] },
  );
  same(
    'comes back when the responder has gone',
    async (open) => {
      const [requester, responder] = [await open(), await open()];
      await responder.ask(connectLine, 'SUB a 1');
      const there = await requester.ask(connectLine, 'SUB r 1', 'PUB a r 1', 'x');
      await responder.ask('UNSUB 1');
      return { there, gone: await requester.ask('PUB a r 1', 'x') };
    },
    { there: [], gone: noResponders('r', '1') },
  );
  same(
    'does not count towards a maximum',
    asks('SUB r 1', 'UNSUB 1 1', 'PUB a r 1', 'x', 'PUB r 1', 'y', 'PUB r 1', 'z'),
    [...noResponders('r', '1'), 'MSG r 1 1', 'y'],
  );
  same(
    'is refused to a client without headers',
    async (open) => (await open()).lastWords('CONNECT {"no_responders":true}'),
    ["-ERR 'no responders requires headers support'"],
  );
});

describe('queue groups', () => {
  same(
    'give each message to one member, and use all members',
    async (open) => {
      const [sender, ...members] = [await open(), await open(), await open()];
      for (const member of members) await member.ask(connectLine, 'SUB a.* q 1');
      await sender?.ask(connectLine, ...Array.from({ length: 200 }, (_, index) => [`PUB a.${index} 1`, 'x']).flat());
      const received = await Promise.all(members.map((member) => member.ask()));
      const subjects = received.flatMap((lines) => lines.filter((line) => line !== 'x'));
      return {
        different: new Set(subjects).size,
        total: subjects.length,
        all: received.every((lines) => lines.length > 0),
      };
    },
    { different: 200, total: 200, all: true },
  );
  same(
    'stand beside plain subscriptions and other groups',
    async (open) => {
      const lines = await asks('SUB a p1', 'SUB a q q1', 'SUB a z z1', 'PUB a 1', 'x')(open);
      return lines.filter((line) => line !== 'x').sort();
    },
    ['MSG a p1 1', 'MSG a q1 1', 'MSG a z1 1'],
  );
  same(
    'are one group by name, also across wildcards',
    asks('SUB a.* q 1', 'SUB a.> q 2', 'UNSUB 1', 'PUB a.b 1', 'x'),
    ['MSG a.b 2 1', 'x'],
  );
  same(
    'pass over a member that wants no echo',
    async (open) => {
      const [deaf, other] = [await open(), await open()];
      await deaf.ask(connectLine, 'CONNECT {"echo":false}', 'SUB a q 1');
      await other.ask(connectLine, 'SUB a q 1');
      await deaf.ask('PUB a 1', 'x', 'PUB a 1', 'y', 'PUB a 1', 'z');
      return other.ask();
    },
    ['MSG a 1 1', 'x', 'MSG a 1 1', 'y', 'MSG a 1 1', 'z'],
  );
});

describe('unsubscribe', () => {
  const three = ['PUB a 1', '1', 'PUB a 1', '2', 'PUB a 1', '3'];
  same('ends a subscription', asks('SUB a 1', 'UNSUB 1', ...three), []);
  same('ends it after so many messages in all', asks('SUB a 1', 'UNSUB 1 2', ...three), [
    'MSG a 1 1',
    '1',
    'MSG a 1 1',
    '2',
  ]);
  same('counts the messages that came before', asks('SUB a 1', 'PUB a 1', '0', 'UNSUB 1 2', ...three), [
    'MSG a 1 1',
    '0',
    'MSG a 1 1',
    '1',
  ]);
  same('ends at once where there were as many already', asks('SUB a 1', ...three, 'UNSUB 1 3', ...three), [
    'MSG a 1 1',
    '1',
    'MSG a 1 1',
    '2',
    'MSG a 1 1',
    '3',
  ]);
  same('of an id that there is not is nothing', asks('UNSUB 99'), []);
  same('without a number is at once', asks('SUB a 1', 'UNSUB 1 x', 'SUB a 2', 'UNSUB 2 0', ...three), []);
  same(
    'happens when a client goes',
    async (open) => {
      const [requester, responder] = [await open(), await open()];
      await responder.ask(connectLine, 'SUB a 1');
      responder.close();
      await requester.ask(connectLine, 'SUB r 1');
      for (let tries = 0; tries < 500; tries += 1) {
        const lines = await requester.ask('PUB a r 1', 'x');
        if (lines.length > 0) return lines;
      }
      return 'still there';
    },
    noResponders('r', '1'),
  );
});
