// Runs a module that is a method, once: the program between node and the module, in a process of its own.
//
// Boundary. From: own-methods.ts and describe.ts, as `node run-module.mjs MODULE [ARGUMENT …]`, or `--describe MODULE`. To: the module.
// 1. What its `run` answers is written to the file that STEWARD_RESULT names; what it throws ends the process as node ends it: with its words, and 1.
// 2. The process ends with its `run`, whatever else the module has begun.
// Nothing of Steward is loaded here: it begins as fast as node does.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

interface Module {
  readonly description?: unknown;
  readonly run?: unknown;
}

const [first = '', ...rest] = process.argv.slice(2);
const isAsked = first === '--describe';
const path = isAsked ? (rest[0] ?? '') : first;

process.on('beforeExit', () => fail('its function `run` waits for something that nothing can bring'));

const { description, run } = await load();
if (typeof run !== 'function') fail('it exports no function `run`');
else if (description === undefined) fail('it exports no `description`');
else if (isAsked) console.log(JSON.stringify(description));
else await begin(run as (args: readonly string[], given: object) => unknown);
// What was printed may still be on its way, and ends where the process ends.
for (const stream of [process.stdout, process.stderr]) await new Promise((done) => stream.write('', done));
process.exit();

/** What a module of the older kind exports may stand below `default` alone. */
async function load(): Promise<Module> {
  const loaded = (await import(pathToFileURL(path).href)) as Module & { readonly default?: Module };
  return { ...(typeof loaded.default === 'object' ? loaded.default : undefined), ...loaded };
}

async function begin(method: (args: readonly string[], given: object) => unknown): Promise<void> {
  const { STEWARD_NODE: node = '', STEWARD_RESULT: result = '' } = process.env;
  const answer: unknown = await method(rest, { data: readFileSync(0), node });
  const text = JSON.stringify(answer) as string | undefined;
  if (text !== undefined) writeFileSync(result, text);
}

function fail(problem: string): never {
  console.error(`Error: ${problem}`);
  process.exit(1);
}
