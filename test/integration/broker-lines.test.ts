// The lines themselves, broken ones and large ones: nats-server shows it, and the built-in broker must do the same.
import { describe } from 'vitest';
import { brokersOfFile, asks, connectLine, isCut } from '../support/two-brokers.ts';

const { same } = brokersOfFile();

describe('verbose and pedantic', () => {
  same(
    'confirms every line where that is wanted, as it is at first',
    async (open) => (await open()).ask('SUB a 1', 'PUB a 1', 'x', 'UNSUB 1', 'UNSUB 1', 'SUB a..b 2', 'CONNECT {}'),
    ['+OK', '+OK', 'MSG a 1 1', 'x', '+OK', '+OK', "-ERR 'Invalid Subject'", '+OK'],
  );
  same(
    'complains of odd subjects where that is wanted, and delivers all the same',
    asks('CONNECT {"pedantic":true}', 'SUB a.* 1', 'PUB a.* 1', 'x', 'PUB a..b 1', 'y'),
    ["-ERR 'Invalid Publish Subject'", 'MSG a.* 1 1', 'x', "-ERR 'Invalid Publish Subject'"],
  );
  same(
    'keeps what a second CONNECT does not name',
    asks('CONNECT {"verbose":true}', 'SUB a 1', 'HPUB a 12 12', 'NATS/1.0\r\n\r\n'),
    ['+OK', '+OK', '+OK', 'HMSG a 1 12 12', 'NATS/1.0', '', ''],
  );
});

describe('broken lines', () => {
  const unknown = ["-ERR 'Unknown Protocol Operation'"];
  for (const line of ['XYZ', '', 'PUB', 'SUB', 'SUBA 1', 'GET / HTTP/1.1']) {
    same(`"${line}" is no operation`, isCut(line), unknown);
  }
  const tooMuch = ['PUB a 1048577', 'PUB a 999999999', 'HPUB a 6 1048577'];
  for (const line of tooMuch) same(`"${line}" is too much`, isCut(line), ["-ERR 'Maximum Payload Violation'"]);
  const broken = {
    PUB: ['PUB ', 'PUB a', 'PUB a b c 5', 'PUB a -1', 'PUB a +1', 'PUB a x', 'PUB a 99999999999999999999'],
    HPUB: ['HPUB a 5', 'HPUB a b c 5 5', 'HPUB a -1 5', 'HPUB a 6 5', 'HPUB a 5 x'],
    SUB: ['SUB ', 'SUB a', 'SUB a b c d'],
    UNSUB: ['UNSUB ', 'UNSUB 1 2 3'],
    CONNECT: ['CONNECT', 'CONNECT ', 'CONNECT {nope', 'CONNECT []', 'CONNECT {"verbose":"yes"}'],
  };
  for (const line of Object.values(broken).flat()) same(`"${line}" is cut without a word`, isCut(line), []);
  same('a payload that is longer than announced is cut', isCut('PUB a 1', 'xyz'), unknown);
  same(
    'nothing is obeyed after a broken line',
    async (open) => {
      const [attacker, witness] = [await open(), await open()];
      await witness.ask(connectLine, 'SUB > 1');
      await attacker.lastWords('POST / HTTP/1.1', 'Host: 127.0.0.1', '', connectLine, 'PUB a 4', 'evil');
      return witness.ask();
    },
    [],
  );
  same('the longest control line is taken', asks(`SUB ${'a'.repeat(4094)} 1`), []);
  same('a longer one is cut', isCut(`SUB ${'a'.repeat(4095)} 1`), ["-ERR 'maximum control line exceeded'"]);
  same(
    'a line that never ends is cut',
    async (open) => {
      const client = await open();
      client.send(connectLine);
      client.sendBytes(Buffer.from(`SUB ${'a'.repeat(10_000)}`));
      return client.ending();
    },
    ["-ERR 'maximum control line exceeded'"],
  );
});

describe('fragments and sizes', () => {
  const script = [
    connectLine,
    'SUB a 1',
    'PUB a r 5',
    'hello',
    'HPUB a 12 14',
    'NATS/1.0\r\n\r\nhi',
    'UNSUB 1',
    'PUB a 1',
    'x',
  ];
  same(
    'reads the same from one byte at a time',
    async (open) => {
      const client = await open();
      for (const byte of Buffer.from(script.map((line) => `${line}\r\n`).join(''))) {
        client.sendBytes(Uint8Array.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      return client.ask();
    },
    ['MSG a 1 r 5', 'hello', 'HMSG a 1 12 14', 'NATS/1.0', '', 'hi'],
  );
  same(
    'delivers the largest payload whole, many times',
    async (open) => {
      const [sender, receiver] = [await open(), await open()];
      await receiver.ask(connectLine, 'SUB a 1');
      const body = 'abcdefgh'.repeat(131_072);
      await sender.ask(connectLine, ...Array.from({ length: 5 }, () => ['PUB a 1048576', body]).flat());
      const lines = await receiver.ask();
      return { heads: lines.filter((line) => line.length < 100), whole: lines.filter((line) => line === body).length };
    },
    { heads: Array.from({ length: 5 }, () => 'MSG a 1 1048576'), whole: 5 },
  );
  same(
    'serves ten thousand subscriptions of one client',
    async (open) => {
      const client = await open();
      await client.ask(connectLine, ...Array.from({ length: 10_000 }, (_, index) => `SUB many.${index}.* ${index}`));
      const first = await client.ask('PUB many.0.x 1', 'x', 'PUB many.9999.x 1', 'y', 'PUB many.10000.x 1', 'z');
      await client.ask(...Array.from({ length: 9_999 }, (_, index) => `UNSUB ${index}`));
      return { first, last: await client.ask('PUB many.0.x 1', 'x', 'PUB many.9999.x 1', 'y') };
    },
    { first: ['MSG many.0.x 0 1', 'x', 'MSG many.9999.x 9999 1', 'y'], last: ['MSG many.9999.x 9999 1', 'y'] },
  );
});
