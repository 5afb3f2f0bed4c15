// schema/message.schema.json, from the definitions of the fields and the table of methods.
//
// Draft 7: it is what the editors' language servers for JSON and YAML know whole; of the later drafts they know parts.
import { longestSpanText, spanExamples, spanUnits } from '../../../../src/base/span.ts';
import { laterFieldNames, laterPrefix } from '../../../../src/intake/field-names.ts';
import type { FieldDefinition, SpanKind } from '../../../../src/intake/fields/field-definition.ts';
import { fieldDefinition, fieldNames } from '../../../../src/intake/fields/fields.ts';
import { methodDocs } from '../../../../src/intake/method-docs.ts';
import { scheduledGetNames } from '../../../../src/intake/read-schedule.ts';
import { operationNames } from '../../../../src/intake/read-operation.ts';
import {
  environmentNamePattern,
  longestEnvironmentName,
  ownEnvironmentNames,
} from '../../../../src/model/environment.ts';
import { comparable, factNamePattern, mostConditions } from '../../../../src/model/fact-condition.ts';
import { messageIdPattern } from '../../../../src/model/id.ts';
import { methodEntry, methodNames } from '../../../../src/model/method-name.ts';
import { nodeNamePattern } from '../../../../src/model/node-name.ts';

type Schema = Readonly<Record<string, unknown>>;

/** `hint`: what editors say instead of the pattern; other programs leave the keyword alone. */
function patterned(pattern: string, hint: string): Schema {
  return { pattern, patternErrorMessage: hint };
}

const withoutNul = patterned('^[^\\u0000]*$', 'No command can be given a NUL character.');
const nodesHint = 'Names of nodes are letters, digits and "_", with "-" and "." between them.';

export function messageSchema(): string {
  const refused = fieldNames.filter((name) => fieldDefinition(name).kind === 'refused');
  const properties = fieldNames.filter((name) => !refused.includes(name)).map((name) => [name, propertyOf(name)]);
  return JSON.stringify({
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A message file of Steward',
    description: 'One message, or a list of them.',
    if: { type: 'array' },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { minItems: 1, items: { $ref: '#/definitions/message' } },
    else: { $ref: '#/definitions/message' },
    definitions: {
      message: {
        title: 'A message',
        description: 'What one node, or each of several, is to do.',
        type: 'object',
        required: ['method'],
        anyOf: fieldNames
          .filter((name) => fieldDefinition(name).kind === 'nodes')
          .map((name) => ({ required: [name] })),
        properties: Object.fromEntries(properties),
        // Editors do not offer what stands here.
        patternProperties: {
          [`^(${refused.join('|')})$`]: { enum: [null, '', 0], description: fieldDefinition('id').doc },
          [`^(${laterFieldNames.join('|')}|${laterPrefix}.*)$`]: {
            description: 'Not supported yet: taken only where it holds nothing.',
            enum: [null, '', 0, false, []],
          },
        },
        additionalProperties: false,
      },
    },
  });
}

function propertyOf(name: (typeof fieldNames)[number]): Schema {
  const definition = fieldDefinition(name);
  const { doc, default: absent, methods, example } = definition;
  const only = methods === undefined ? '' : ` For ${methods.join(', ')} only.`;
  return {
    description: `${doc}${only}\n\nDefault: ${absent}.`,
    ...valueOf(definition),
    ...(example === undefined ? {} : { examples: [example] }),
  };
}

/** What is absent may also be null, and where text is taken the empty text. */
function valueOf(definition: FieldDefinition): Schema {
  switch (definition.kind) {
    case 'nodes': {
      const names = `\\s*@?${nodeNamePattern}\\s*(,\\s*@?${nodeNamePattern}\\s*)*`;
      return {
        ...textOrList,
        ...patterned(`^(${names})?$`, nodesHint),
        items: { type: 'string', ...patterned(`^${names}$`, nodesHint) },
      };
    }
    case 'way': {
      const one = `\\s*${nodeNamePattern}\\s*`;
      return {
        ...textOrList,
        ...patterned(`^(${one}(,${one})*)?$`, nodesHint),
        items: { type: 'string', ...patterned(`^${one}$`, nodesHint) },
      };
    }
    case 'node':
      return { type: ['string', 'null'], ...patterned(`^(\\s*${nodeNamePattern}\\s*)?$`, nodesHint) };
    case 'messages': {
      const one = `\\s*${messageIdPattern}\\s*`;
      const hint = 'Ids have 20 letters and digits; a number is the place of an earlier message of the same list.';
      return {
        type: ['string', 'integer', 'array', 'null'],
        ...patterned(`^(${one}(,${one})*)?$`, hint),
        minimum: 1,
        maxItems: definition.most,
        items: { type: ['string', 'integer'], ...patterned(`^${one}$`, hint), minimum: 1 },
      };
    }
    case 'method':
      return methodOf(definition.as);
    case 'arguments':
      return { type: ['array', 'null'], items: { type: ['string', 'number', 'boolean'], ...withoutNul } };
    case 'condition':
      return conditionValue;
    case 'text':
      return { type: ['string', 'null'], maxLength: definition.longest };
    case 'path': {
      const inside = definition.inside ? '(?!([\\s\\S]*/)?\\.\\.(/|$))' : '';
      const hint = `A path without NUL characters${definition.inside ? ' that does not lead out of the data folder' : ''}.`;
      return {
        type: ['string', 'null'],
        maxLength: definition.longest,
        ...patterned(`^${inside}[^\\u0000]*$`, hint),
      };
    }
    case 'span':
      return spanOf(definition);
    case 'count': {
      const { least, most, special } = definition;
      return { type: ['integer', 'null'], minimum: special?.value ?? least, maximum: most };
    }
    case 'boolean':
      return { type: ['boolean', 'null'] };
    case 'choice':
      return { type: ['string', 'null'], anyOf: [{ enum: definition.allowed }, { maxLength: 0 }] };
    case 'data':
      return dataValue;
    case 'environment':
      return environmentValue;
    case 'user': {
      const pattern = `^$|${definition.pattern.source}`;
      const named = patterned(pattern, 'A name or a number of the node where it runs.');
      return { type: ['string', 'integer', 'null'], ...named, minimum: 0, maximum: 9_999_999_999 };
    }
    case 'interval': {
      const { special: _none, ...span } = { special: undefined, ...definition };
      const least = { minimum: definition.leastMs / 1000 };
      const one = { ...spanOf({ ...span, kind: 'span' }), type: ['number', 'string'], ...least };
      return { type: ['array', 'null'], items: one, anyOf: [{ maxItems: 0 }, { minItems: 2, maxItems: 2 }] };
    }
    case 'cron':
      return {
        type: ['string', 'null'],
        maxLength: definition.longest,
        ...patterned(
          '^(\\s*\\S+(\\s+\\S+){4,5}\\s*)?$',
          'Five fields, or six: minute, hour, day, month, day of the week.',
        ),
      };
    case 'zone':
      return {
        type: ['string', 'null'],
        maxLength: definition.longest,
        ...patterned('^[A-Za-z0-9_+/-]+$', 'A name such as Europe/Oslo.'),
      };
    case 'operation':
      return operationValue;
    case 'ignored':
    case 'refused':
      return {};
  }
}

const factValues = {
  type: ['string', 'number', 'boolean', 'array'],
  maxLength: 256,
  minItems: 1,
  maxItems: 64,
  items: { type: ['string', 'number', 'boolean'], maxLength: 256 },
};
const factBound = {
  type: ['string', 'number'],
  ...patterned(comparable.source, 'A number, or a version as text.'),
};
const factCondition = {
  type: 'object',
  required: ['fact'],
  minProperties: 2,
  properties: {
    fact: {
      type: 'string',
      description: 'The name of a fact of the node: "system", "memory.free", "own.role".',
      maxLength: 200,
      ...patterned(factNamePattern, 'Letters, digits, "_" and "-", with dots between.'),
    },
    is: { description: 'It is one of these.', ...factValues },
    isNot: { description: 'It is none of these.', ...factValues },
    atLeast: { description: 'A number, or a version as text.', ...factBound },
    atMost: { description: 'A number, or a version as text.', ...factBound },
    exists: { description: 'It is there, or it is not.', type: 'boolean' },
  },
  additionalProperties: false,
};
const conditionValue = {
  anyOf: [
    { type: ['array', 'null'], items: { type: ['string', 'number', 'boolean'], ...withoutNul } },
    factCondition,
    { type: 'array', minItems: 1, maxItems: mostConditions, items: factCondition },
  ],
};

const textOrList = { type: ['string', 'array', 'null'] };

/** Old names are taken, and not offered. */
function methodOf(as: 'request' | 'reply'): Schema {
  const names = methodNames.filter((name) => methodEntry(name)[as]);
  const old = names.flatMap((name) => [...methodEntry(name).aliases, ...(methodEntry(name).unorderedAliases ?? [])]);
  if (as === 'request') old.push(...operationNames, ...scheduledGetNames);
  return {
    type: as === 'request' ? 'string' : ['string', 'null'],
    anyOf: [
      ...names.map((name) => ({ const: name, description: methodDocs[name].summary })),
      { pattern: `^(${old.join('|')})$` },
      as === 'request' ? { pattern: '^own\\.[A-Za-z][A-Za-z0-9_-]{0,63}$' } : { maxLength: 0 },
    ],
  };
}

function spanOf({ leastMs, mostMs, special }: SpanKind): Schema {
  const units = spanUnits.map((unit) => unit.replace(/./g, (letter) => `[${letter}${letter.toUpperCase()}]`));
  // What is below nothing by less than half a millisecond is nothing: intake rounds.
  const text = `\\s*(\\+?\\d+|-0+)(\\.\\d+)?\\s*(${units.join('|')})?\\s*`;
  const bound = leastMs > 0 ? { exclusiveMinimum: 0 } : { minimum: 0 };
  return {
    type: ['number', 'string', 'null'],
    maximum: mostMs / 1000,
    maxLength: longestSpanText,
    ...patterned(special === undefined ? `^${text}$` : `^(${special.value}|${text})$`, `A span is ${spanExamples}.`),
    ...(special === undefined ? bound : { anyOf: [bound, { const: special.value, description: special.meaning }] }),
  };
}

const dataValue = {
  type: ['string', 'array', 'object', 'null'],
  anyOf: [{ items: { type: 'string' } }, { items: { type: 'integer', minimum: 0, maximum: 255 } }],
  properties: {
    base64: {
      type: 'string',
      description: 'Bytes, in base64.',
      ...patterned('^[A-Za-z0-9+/=\\s]*$', 'As the program base64 writes it.'),
    },
  },
  required: ['base64'],
  additionalProperties: false,
};

const environmentValue = {
  type: ['object', 'null'],
  propertyNames: {
    ...patterned(environmentNamePattern.source, 'Letters, digits and "_", and no digit at the beginning.'),
    maxLength: longestEnvironmentName,
    not: { enum: [...ownEnvironmentNames] },
  },
  additionalProperties: { type: ['string', 'number', 'boolean'], ...withoutNul },
};

const operationValue = {
  type: ['object', 'null'],
  properties: {
    opCmd: { description: 'What to do.', enum: ['ps', 'startProc', 'stopProc', ''] },
    opArg: {
      description: 'The method, and the senders that it takes: {"method": "REQCliCommand", "allowedNodes": []}.',
    },
  },
};
