// Random values of the fields of a message, by kind and bound: those that intake has to take, and those that it has to refuse.
import * as fc from 'fast-check';
import type { FieldDefinition } from '../../../src/intake/fields/field-definition.ts';
import { messageIdPattern } from '../../../src/model/id.ts';
import { allMethodNames, findMethod, methodEntry } from '../../../src/model/method-name.ts';

type Values = fc.Arbitrary<unknown>;

export interface FieldValues {
  readonly right: Values;
  readonly wrong: Values;
}

const node = fc.stringMatching(/^[a-z0-9_]{1,8}([.-][a-z0-9_]{1,4}){0,2}$/);
const text = fc.string({ unit: 'binary', maxLength: 30 }).filter((one) => !one.includes('\0'));
const list = (one: Values): Values => fc.array(one, { minLength: 1, maxLength: 4 });
const spaced = (one: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom('', ' ', '\t'), one, fc.constantFrom('', ' ')).map((parts) => parts.join(''));
const commas = (one: fc.Arbitrary<string>): Values =>
  fc.array(spaced(one), { minLength: 1, maxLength: 4 }).map((names) => names.join(','));

const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const scalar = fc.oneof(fc.boolean(), number, text);
const words = fc.stringMatching(/^[a-z]{1,6}$/);
const noText = fc.oneof(fc.boolean(), number, fc.constantFrom([], {}, ['a'], { a: 1 }));
const noList = fc.oneof(fc.boolean(), number, words, fc.constantFrom('', {}, { a: 1 }));
const noNumber = fc.oneof(fc.boolean(), words, fc.constantFrom('', '5', [], {}));
const tooLong = (longest: number): Values =>
  fc.integer({ min: longest + 1, max: longest + 50 }).map((n) => 'x'.repeat(n));
const withNul = fc.tuple(words, words).map((parts) => parts.join('\0'));

const tooMany = (start: string, longest: number): string => `${start}${'1,'.repeat(longest)}1`;

/** Null and, where there is one, the empty value are as if the field were absent. */
export function fieldValues(definition: FieldDefinition): FieldValues {
  switch (definition.kind) {
    case 'nodes': {
      const names = fc.oneof(
        node,
        node.map((name) => `@${name}`),
      );
      const wrong = fc.constantFrom('my ship', 'a,,b', '-a', 'a--b', 'a/b', '@', '@a b', ' ', 'a.', 'ä');
      return {
        right: fc.oneof(commas(names), list(commas(names)), fc.constantFrom('', null, [])),
        wrong: fc.oneof(wrong, list(wrong), number, fc.boolean(), fc.constantFrom({}, [5], [null], [''])),
      };
    }
    case 'way': {
      const wrong = fc.constantFrom('my ship', 'a,,b', '@a', ' ', 'a--b');
      return {
        right: fc.oneof(
          fc.uniqueArray(node, { minLength: 1, maxLength: definition.most }),
          fc.uniqueArray(node, { minLength: 1, maxLength: 3 }).map((names) => names.join(' , ')),
          fc.constantFrom('', null, []),
        ),
        wrong: fc.oneof(wrong, list(wrong), number, fc.boolean(), fc.constantFrom({}, ['a,b'], [5], [''])),
      };
    }
    case 'node': {
      const wrong = fc.constantFrom('my ship', 'a,b', '@a', ' ', 'a--b');
      return {
        right: fc.oneof(node, fc.constantFrom('', null)),
        wrong: fc.oneof(wrong, number, fc.boolean(), fc.constantFrom({}, [])),
      };
    }
    case 'messages': {
      const id = fc.stringMatching(new RegExp(`^${messageIdPattern}$`));
      return {
        right: fc.oneof(
          fc.uniqueArray(id, { maxLength: 3 }),
          fc.uniqueArray(id, { minLength: 1, maxLength: 3 }).map((ids) => ids.join(' , ')),
          fc.constantFrom('', null),
        ),
        wrong: fc.oneof(
          fc.constantFrom('ship1', 0, -1, 1.5, true, {}, [''], [0], [null]),
          fc.array(id, { minLength: definition.most + 1, maxLength: definition.most + 1 }),
        ),
      };
    }
    case 'method': {
      const names = allMethodNames().filter((name) => methodEntry(findMethod(name)?.name ?? 'none')[definition.as]);
      const others = allMethodNames().filter((name) => !names.includes(name));
      return {
        right: fc.constantFrom(...names),
        wrong: fc.oneof(fc.constantFrom(...others, 'portsrc', 'pings'), noText),
      };
    }
    case 'arguments':
      return {
        right: fc.oneof(list(scalar), fc.constant(null)),
        wrong: fc.oneof(noList, list(withNul), list(fc.constantFrom(null, [], {}))),
      };
    case 'condition': {
      const fact = fc.stringMatching(/^[A-Za-z0-9_-]{1,8}(\.[a-z0-9_-]{1,8}){0,2}$/);
      const plain = fc.oneof(fc.boolean(), fc.nat(), words);
      const condition = fc.oneof(
        fc.record({ fact, is: fc.oneof(plain, list(plain)) }),
        fc.record({ fact, isNot: fc.oneof(plain, list(plain)), exists: fc.boolean() }),
        fc.record({ fact, atLeast: fc.oneof(fc.nat(), fc.constantFrom('6.1', 'v20.1.0-rc1')), atMost: fc.nat() }),
      );
      return {
        right: fc.oneof(list(scalar), fc.constant(null), condition, list(condition)),
        wrong: fc.oneof(
          noList.filter((one) => typeof one !== 'object'),
          list(withNul),
          list(fc.constantFrom(null, [], {})),
          fc.constantFrom(
            {},
            { fact: 'a' },
            { fact: 'a b', is: 'x' },
            { fact: 'a', is: [] },
            { fact: 'a', is: null },
            { fact: 'a', atLeast: 'much' },
            { fact: 'a', exists: 'yes' },
            { fact: 'a', has: 'b' },
            ['sh', { fact: 'a', is: 'b' }],
          ),
        ),
      };
    }
    case 'text':
      return {
        right: fc.oneof(text, fc.constantFrom('', null, 'x'.repeat(definition.longest))),
        wrong: fc.oneof(noText, tooLong(definition.longest)),
      };
    case 'path': {
      const parts = fc.array(fc.oneof(words, fc.constantFrom('', '.', '...', 'a..', '..b', '\n')), { maxLength: 4 });
      const out = fc.tuple(parts, parts).map(([before, after]) => [...before, '..', ...after].join('/'));
      return {
        right: fc.oneof(
          parts.map((names) => names.join('/')),
          fc.constantFrom(null, 'x'.repeat(definition.longest)),
        ),
        wrong: fc.oneof(noText, tooLong(definition.longest), withNul, ...(definition.inside ? [out] : [])),
      };
    }
    case 'span':
      return spanValues(definition);
    case 'count': {
      const { least, most, special } = definition;
      return {
        right: fc.oneof(fc.integer({ min: special?.value ?? least, max: most }), fc.constantFrom(null, least, most)),
        wrong: fc.oneof(
          fc.integer({ min: most + 1 }),
          fc.integer({ max: (special?.value ?? least) - 1 }),
          number.filter((one) => !Number.isInteger(one)),
          noNumber,
        ),
      };
    }
    case 'boolean':
      return { right: fc.constantFrom(true, false, null), wrong: fc.oneof(number, words, fc.constantFrom('', [], {})) };
    case 'choice':
      return {
        right: fc.constantFrom(...definition.allowed, '', null),
        wrong: fc.oneof(
          noText,
          words.filter((one) => !definition.allowed.includes(one)),
        ),
      };
    case 'data':
      return {
        right: fc.oneof(
          text,
          list(text),
          list(fc.integer({ min: 0, max: 255 })),
          fc.uint8Array({ maxLength: 9 }).map((bytes) => ({ base64: Buffer.from(bytes).toString('base64') })),
          fc.constantFrom('', null, []),
        ),
        wrong: fc.oneof(
          number,
          fc.boolean(),
          fc.constantFrom({}, { base64: 5 }, { base64: '!' }, { base64: '', a: 1 }, { text: '' }),
          list(fc.constantFrom(256, -1, 0.5, null, [], true)),
          fc.constantFrom(['a', 5], [5, 'a']),
        ),
      };
    case 'environment': {
      const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,9}$/).filter((one) => one !== '__proto__');
      const wrong = fc.constantFrom('', '1A', 'A-B', 'A B', 'ä', 'STEWARD_RUN', 'STEWARD_NODE', 'A'.repeat(257));
      return {
        right: fc.oneof(fc.dictionary(name, scalar, { maxKeys: 4 }), fc.constant(null)),
        wrong: fc.oneof(
          number,
          fc.boolean(),
          words,
          fc.constantFrom('', [], ['A']),
          wrong.map((one) => ({ [one]: 'x' })),
          fc.tuple(name, fc.oneof(withNul, fc.constantFrom(null, [], {}))).map(([one, value]) => ({ [one]: value })),
        ),
      };
    }
    case 'user':
      return {
        right: fc.oneof(words, fc.integer({ min: 0, max: 9_999_999_999 }), fc.constantFrom('', null, 'www-data', '33')),
        wrong: fc.oneof(fc.constantFrom('a b', '-a', 'a/b', 'ä', -1, 0.5, 1e10, '12345678901', true, [], {}, ['a'])),
      };
    case 'interval': {
      const span = fc.oneof(
        fc.integer({ min: 1, max: definition.mostMs / 1000 }),
        fc.constantFrom('1s', ' 10m ', '2h', 1.5),
      );
      const wrong = fc.constantFrom(0, -1, 0.5, null, true, 'soon', '1y', definition.mostMs);
      return {
        right: fc.oneof(fc.tuple(span, span), fc.constantFrom(null, [])),
        wrong: fc.oneof(
          noList,
          list(wrong),
          fc.tuple(span, wrong),
          fc.tuple(wrong, span),
          fc.tuple(span),
          fc.tuple(span, span, span),
        ),
      };
    }
    case 'cron':
      return {
        right: fc.constantFrom('* * * * *', '0 3 * * *', ' */5  1-4 1,15 JAN-MAR MON ', '30 0 3 * * *', '', null),
        wrong: fc.oneof(
          noText,
          words,
          fc.constantFrom('* * * *', '* * * * * * *', '@daily', tooMany('* '.repeat(4), definition.longest)),
        ),
      };
    case 'zone':
      return {
        right: fc.constantFrom('Europe/Oslo', 'UTC', 'America/New_York', 'Etc/GMT+3', null),
        wrong: fc.oneof(noText, tooLong(definition.longest), fc.constantFrom('Europe Oslo', 'a.b', 'ä', '')),
      };
    case 'operation':
      return {
        right: fc.constantFrom(
          { opCmd: 'ps' },
          { opCmd: 'startProc', opArg: { method: 'ping', allowedNodes: ['a'] } },
          { opCmd: 'stopProc', opArg: { method: 'REQPing' } },
        ),
        wrong: fc.oneof(number, fc.boolean(), words, fc.constantFrom([], { opCmd: 'reboot' }, { opCmd: 5 })),
      };
    case 'ignored':
      return { right: fc.jsonValue(), wrong: fc.constant(undefined) };
    case 'refused':
      return {
        right: fc.constantFrom(null, 0, ''),
        wrong: fc.oneof(number, text, noText).filter((value) => value !== 0 && value !== '' && value !== null),
      };
  }
}

function spanValues({ leastMs, mostMs, special }: FieldDefinition & { readonly kind: 'span' }): FieldValues {
  const most = mostMs / 1000;
  const count = fc.integer({ min: 1, max: 500 });
  const unit = fc.constantFrom('', 's', 'ms', ' m', 'H', 'd', 'W', 'Ms');
  const wrongText = fc.oneof(words, fc.constantFrom('', '5 s s', '1y', '1.5.2s', '-5s', '-1d', '1e3', '0x5', '5m5s'));
  const wrong = fc.oneof(
    wrongText,
    fc.double({ min: most + 1, max: 1e300, noNaN: true }),
    fc.double({ min: -1e300, max: -1, noNaN: true, maxExcluded: true }),
    fc.constantFrom(true, [], {}, '1'.repeat(41)),
  );
  const beside = special === undefined ? fc.constantFrom(-1, '-1') : fc.constantFrom(-2, '-2');
  return {
    right: fc.oneof(
      fc.double({ min: 0.001, max: most, noNaN: true }),
      fc.tuple(count, unit).map(([value, one]) => `${value}${one}`),
      fc.tuple(count, unit).map(([value, one]) => ` +0.${value}${one} `),
      fc.constantFrom(null, most, ...(special === undefined ? [] : [special.value, String(special.value)])),
      ...(leastMs > 0 ? [] : [fc.constantFrom(0, '0', '-0', '-0.0s')]),
    ),
    wrong: fc.oneof(wrong, beside, ...(leastMs > 0 ? [fc.constant(0)] : [])),
  };
}

/** Anything that JSON holds, which may by chance be right. */
export const anything: Values = fc.oneof(fc.jsonValue({ maxDepth: 2 }), scalar, words);
