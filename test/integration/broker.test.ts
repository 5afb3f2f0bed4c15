// What is delivered to whom: nats-server shows it, and the built-in broker must do the same.
import { describe } from 'vitest';
import { brokersOfFile, asks, connectLine, isCut, type RawCase } from '../support/two-brokers.ts';

const { same } = brokersOfFile();

describe('greeting', () => {
  same(
    'greets with what a client needs to know',
    async (open) => {
      const { proto, headers, max_payload: maxPayload, host, ...rest } = (await open()).info();
      const named = ['server_id', 'server_name', 'version', 'client_id', 'client_ip', 'port'].filter(
        (key) => key in rest,
      );
      return { proto, headers, maxPayload, host, named };
    },
    {
      proto: 1,
      headers: true,
      maxPayload: 1_048_576,
      host: '127.0.0.1',
      named: ['server_id', 'server_name', 'version', 'client_id', 'client_ip', 'port'],
    },
  );
  same('answers PING with PONG', asks('PING'), []);
  same('takes a PONG that nobody asked for', asks('PONG', 'PONG'), []);
});

describe('publish and subscribe', () => {
  same('delivers to a subscriber', asks('SUB a 1', 'PUB a 2', 'hi'), ['MSG a 1 2', 'hi']);
  same('delivers an empty payload', asks('SUB a 1', 'PUB a 0', ''), ['MSG a 1 0', '']);
  same('hands the reply subject on', asks('SUB a 1', 'PUB a r 2', 'hi'), ['MSG a 1 r 2', 'hi']);
  same('keeps every byte of subject and payload', asks('SUB \xff\x01 \x02', 'PUB \xff\x01 2', '\x00\xff'), [
    'MSG \xff\x01 \x02 2',
    '\x00\xff',
  ]);
  same('takes small letters, tabs and many blanks', asks('sub\ta\t\t1', 'Pub   a \t r 2 ', 'hi'), [
    'MSG a 1 r 2',
    'hi',
  ]);
  same(
    'delivers to other clients, in order',
    async (open) => {
      const [sender, receiver] = [await open(), await open()];
      await receiver.ask(connectLine, 'SUB a.* 7');
      await sender.ask(connectLine, 'PUB a.1 3', 'one', 'PUB a.2 3', 'two', 'PUB b 5', 'other', 'PUB a.3 5', 'three');
      return receiver.ask();
    },
    ['MSG a.1 7 3', 'one', 'MSG a.2 7 3', 'two', 'MSG a.3 7 5', 'three'],
  );
  same(
    'gives a client nothing of its own where it wants no echo',
    async (open) => {
      const [deaf, other] = [await open(), await open()];
      await deaf.ask(connectLine, 'CONNECT {"echo":false}', 'SUB a 1');
      await other.ask(connectLine, 'SUB a 1');
      return { own: await deaf.ask('PUB a 1', 'x'), other: await other.ask() };
    },
    { own: [], other: ['MSG a 1 1', 'x'] },
  );
  same('does not subscribe twice by one id', asks('SUB a 1', 'SUB b 1', 'PUB a 1', 'x', 'PUB b 1', 'y'), [
    'MSG a 1 1',
    'x',
  ]);
});

describe('wildcards', () => {
  const received =
    (...subjects: readonly string[]): RawCase =>
    async (open) => {
      const client = await open();
      await client.ask(
        connectLine,
        'SUB a.* one',
        'SUB a.> rest',
        'SUB > all',
        'SUB a.b literal',
        'SUB *.b first',
        'SUB a* odd',
      );
      const lines = await client.ask(...subjects.flatMap((subject) => [`PUB ${subject} 1`, 'x']));
      return lines.filter((line) => line !== 'x').sort();
    };
  same('match one token, or all that follow', received('a.b', 'a.b.c', 'a'), [
    'MSG a all 1',
    'MSG a.b all 1',
    'MSG a.b first 1',
    'MSG a.b literal 1',
    'MSG a.b one 1',
    'MSG a.b rest 1',
    'MSG a.b.c all 1',
    'MSG a.b.c rest 1',
  ]);
  same('are tokens like any other where they are published', received('a.*', 'a.>', 'a*'), [
    'MSG a* all 1',
    'MSG a* odd 1',
    'MSG a.* all 1',
    'MSG a.* one 1',
    'MSG a.* rest 1',
    'MSG a.> all 1',
    'MSG a.> one 1',
    'MSG a.> rest 1',
  ]);
  same('subjects with empty tokens reach nobody', received('a..b', '.a', 'a.', '.'), []);
  same(
    'subjects that nobody can subscribe to are refused, and the connection stays',
    asks('SUB a..b 1', 'SUB .a 2', 'SUB a. 3', 'SUB a.>.b 4', 'SUB >.a 5'),
    Array.from({ length: 5 }, () => "-ERR 'Invalid Subject'"),
  );
});

describe('headers', () => {
  const withHeaders = (to: string): readonly string[] => [`HPUB ${to} 12 14`, 'NATS/1.0\r\n\r\nhi'];
  same('travel with the message', asks('SUB a 1', ...withHeaders('a'), ...withHeaders('a r')), [
    'HMSG a 1 12 14',
    'NATS/1.0',
    '',
    'hi',
    'HMSG a 1 r 12 14',
    'NATS/1.0',
    '',
    'hi',
  ]);
  same(
    'are taken off for a client that does not know them',
    async (open) => {
      const [sender, receiver] = [await open(), await open()];
      await receiver.ask('CONNECT {"verbose":false,"headers":false}', 'SUB a 1');
      await sender.ask(connectLine, ...withHeaders('a r'));
      return receiver.ask();
    },
    ['MSG a 1 r 2', 'hi'],
  );
  same('may be all that there is', asks('SUB a 1', 'HPUB a 12 12', 'NATS/1.0\r\n\r\n'), [
    'HMSG a 1 12 12',
    'NATS/1.0',
    '',
    '',
  ]);
  same('of no length are none', asks('SUB a 1', 'HPUB a 0 2', 'hi'), ['MSG a 1 2', 'hi']);
  same(
    'end a connection that did not say that it knows them',
    isCut('CONNECT {"headers":false,"no_responders":false}', 'HPUB a 12 14', 'NATS/1.0\r\n\r\nhi'),
    [],
  );
});
