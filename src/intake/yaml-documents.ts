// The documents of a YAML text, within bounds that the library itself does not have.
import type { CST, Document, LineCounter, Parser } from 'yaml';
import { StewardError } from '../model/error.ts';
import { loadYaml } from './load-yaml.ts';
import { deepestNesting, type Position } from './source-text.ts';

/** A collection in a collection takes up to two places on the parser's stack. */
const deepestStack = 2 * deepestNesting;

/** Each alias is looked for in the whole document. */
export const maxAliases = 100;

/**
 * The documents of the text. The library builds them by recursion, and one that ends its stack can end the process (V8
 * gives up where it has to compile a regular expression there): so its tokens, which need none, are counted on the way.
 */
export function parseYamlDocuments(text: string, lineCounter: LineCounter): readonly Document[] {
  const { Composer, Parser } = loadYaml();
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
  const { Lexer } = loadYaml();
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

/** Of an offset in the text. */
export function linePosition(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
