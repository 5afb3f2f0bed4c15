// A message file in YAML: any number of documents, each one message or a list of them.
import {
  Composer,
  type CST,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  type Document,
  type Node,
} from 'yaml';
import { StewardError, type ErrorPlace } from '../model/error.ts';
import { deepestNesting, type Path, type Position, type SourceText } from './source-text.ts';

/** The library takes up to five seconds for a mebibyte, in which the node does nothing else: JSON may be larger. */
export const maxYamlBytes = 512 * 1024;

/** A collection in a collection takes up to two places on the parser's stack. */
const deepestStack = 2 * deepestNesting;

/** Each alias is looked for in the whole document. */
const maxAliases = 100;

/** Throws `invalid-message` and `too-large`. The text is without a BOM. */
export function readYamlSource(text: string): SourceText {
  if (Buffer.byteLength(text) > maxYamlBytes) {
    throw new StewardError('too-large', `more than ${maxYamlBytes / 1024} KiB of YAML`, {
      hint: 'send it in several parts, or as JSON, which may be larger',
    });
  }
  const lines = new LineCounter();
  const documents = parseDocuments(text, lines);
  const messages: unknown[] = [];
  const nodes: { readonly node: unknown; readonly document: Document }[] = [];
  for (const document of documents) {
    refuseMistake(document, lines);
    const plain = toPlain(document);
    const top = document.contents;
    if (plain === null || plain === undefined) continue;
    for (const message of Array.isArray(plain) ? (plain as readonly unknown[]) : [plain]) messages.push(message);
    for (const node of isSeq(top) ? top.items : [top]) nodes.push({ node, document });
  }
  const find = ([index, ...rest]: Path): FoundNode => {
    const top = nodes[Number(index ?? 0)];
    return top === undefined ? { key: undefined, value: undefined } : follow(top, rest);
  };
  return {
    messages,
    position: (path, at) => positionOf(find(path)[at], lines),
    written: (path) => {
      const list = find(path).value;
      return isSeq(list) ? list.items.map((item) => (isScalar(item) ? (item.source ?? String(item.value)) : '')) : [];
    },
  };
}

/**
 * The documents of the text. The library builds them by recursion, and one that ends its stack can end the process (V8
 * gives up where it has to compile a regular expression there): so its tokens, which need none, are counted on the way.
 */
function parseDocuments(text: string, lineCounter: LineCounter): readonly Document[] {
  const parser = new Parser(lineCounter.addNewLine);
  const composer = new Composer({
    schema: 'core',
    lineCounter,
    prettyErrors: false,
    // The library's own test for duplicate keys is quadratic: refuseDuplicates does it.
    uniqueKeys: false,
    stringKeys: true,
    logLevel: 'silent',
  });
  return withoutStackTraces(() => [...composer.compose(boundedTokens({ parser, text, lineCounter }))]);
}

/** The library makes an error of every mistake: in a text that consists of them the stack traces take a minute. */
function withoutStackTraces<T>(work: () => T): T {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = before;
  }
}

function* boundedTokens(from: { parser: Parser; text: string; lineCounter: LineCounter }): Generator<CST.Token> {
  const { parser, text, lineCounter } = from;
  let aliases = 0;
  lineCounter.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (lexeme.startsWith('*')) aliases += 1;
    if (parser.stack.length <= deepestStack && aliases <= maxAliases) continue;
    const problem = aliases > maxAliases ? `more than ${maxAliases} aliases` : 'nested too deep';
    throw new StewardError('invalid-message', `not YAML as it is taken here: ${problem}`, {
      place: linePosition(lineCounter, parser.offset),
    });
  }
  yield* parser.end();
}

function refuseMistake(document: Document, lines: LineCounter): void {
  const [mistake] = [...document.errors, ...document.warnings];
  if (mistake !== undefined) throw asMistake(mistake, linePosition(lines, mistake.pos[0]));
  const top = document.contents;
  const maps = isSeq(top) ? top.items : [top];
  for (const map of maps) {
    if (isMap(map)) refuseDuplicates(map.items, lines);
  }
}

function refuseDuplicates(pairs: readonly { readonly key: unknown }[], lines: LineCounter): void {
  const seen = new Set<unknown>();
  for (const { key } of pairs) {
    const name = isScalar(key) ? key.value : key;
    if (seen.has(name)) {
      const place = { ...positionOf(key, lines), field: String(name) };
      throw new StewardError('invalid-message', `the field ${String(name)} is given twice`, { place });
    }
    seen.add(name);
  }
}

/** Plain data. Aliases are followed up to the library's bound, which an "alias bomb" exceeds. */
function toPlain(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: maxAliases });
  } catch (error) {
    throw asMistake(error, { line: 1, column: 1 });
  }
}

function asMistake(error: unknown, place: ErrorPlace): StewardError {
  const problem = error instanceof Error ? error.message : String(error);
  const short = problem.split('\n')[0]?.slice(0, 200) ?? '';
  return new StewardError('invalid-message', `not YAML: ${short}`, { place });
}

interface FoundNode {
  readonly key: unknown;
  readonly value: unknown;
}

function follow(top: { readonly node: unknown; readonly document: Document }, path: Path): FoundNode {
  const resolve = (node: unknown): unknown => (isAlias(node) ? node.resolve(top.document) : node);
  let found: FoundNode = { key: top.node, value: resolve(top.node) };
  for (const step of path) {
    const holder = found.value;
    if (isMap(holder)) {
      const pair = holder.items.find(({ key }) => (isScalar(key) ? key.value : key) === step);
      if (pair === undefined) return found;
      found = { key: pair.key, value: resolve(pair.value) ?? pair.key };
    } else if (isSeq(holder) && typeof step === 'number') {
      const item = holder.items[step];
      found = { key: item, value: resolve(item) };
    } else {
      return found;
    }
  }
  return found;
}

function positionOf(node: unknown, lines: LineCounter): Position {
  const start = isNode(node) ? (startOf(node) ?? 0) : 0;
  return linePosition(lines, start);
}

function startOf(node: Node): number | undefined {
  if (node.range !== undefined && node.range !== null) return node.range[0];
  return isCollection(node) && isNode(node.items[0]) ? node.items[0].range?.[0] : undefined;
}

function linePosition(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
