// A message file in YAML: any number of documents, each one message or a list of them.
import type { Document, LineCounter, Node } from 'yaml';
import { StewardError, type ErrorPlace } from '../model/error.ts';
import { loadYaml } from './load-yaml.ts';
import type { Path, Position, SourceText } from './source-text.ts';
import { linePosition, maxAliases, parseYamlDocuments } from './yaml-documents.ts';

/** The library takes up to five seconds for a mebibyte, in which the node does nothing else: JSON may be larger. */
export const maxYamlBytes = 512 * 1024;

/** Throws `invalid-message` and `too-large`. The text is without a BOM. */
export function readYamlSource(text: string): SourceText {
  if (Buffer.byteLength(text) > maxYamlBytes) {
    throw new StewardError('too-large', `more than ${maxYamlBytes / 1024} KiB of YAML`, {
      hint: 'send it in several parts, or as JSON, which may be larger',
    });
  }
  const { isScalar, isSeq, LineCounter } = loadYaml();
  const lines = new LineCounter();
  const documents = parseYamlDocuments(text, lines);
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

function refuseMistake(document: Document, lines: LineCounter): void {
  const { isMap, isSeq } = loadYaml();
  const [mistake] = [...document.errors, ...document.warnings];
  if (mistake !== undefined) throw asMistake(mistake, linePosition(lines, mistake.pos[0]));
  const top = document.contents;
  const maps = isSeq(top) ? top.items : [top];
  for (const map of maps) {
    if (isMap(map)) refuseDuplicates(map.items, lines);
  }
}

function refuseDuplicates(pairs: readonly { readonly key: unknown }[], lines: LineCounter): void {
  const { isScalar } = loadYaml();
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
  const { isAlias, isMap, isScalar, isSeq } = loadYaml();
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
  const start = loadYaml().isNode(node) ? (startOf(node) ?? 0) : 0;
  return linePosition(lines, start);
}

function startOf(node: Node): number | undefined {
  const { isCollection, isNode } = loadYaml();
  if (node.range !== undefined && node.range !== null) return node.range[0];
  return isCollection(node) && isNode(node.items[0]) ? node.items[0].range?.[0] : undefined;
}
