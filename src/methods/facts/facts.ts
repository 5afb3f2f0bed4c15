// What is known of this node: for the answer of `hello`, and for what has to hold before a message runs.
//
// From: create-methods.ts. To: the system, and the owner's files and programs.
// 1. Nothing here rejects, and all of it is there within some seconds: what is broken is missing, and its problem told.
// 2. Those who ask at the same time get one answer.
import type { FactCondition } from '../../model/fact-condition.ts';
import { factAt, sorted, type FactValue } from './fact-value.ts';
import type { RunKey } from '../run.ts';
import { whyNot, type Found } from './meets.ts';
import { OwnFacts, type OwnFactsOptions } from './own-facts.ts';
import { createDisk, systemFacts, type AboutNode } from './system-facts.ts';

export type FactsOptions = AboutNode & OwnFactsOptions;

/** That an answer holds. */
const mostProblems = 100;

export class NodeFacts {
  readonly #options: FactsOptions;
  readonly #own: OwnFacts;
  readonly #disk: ReturnType<typeof createDisk>;
  #gathering: Promise<Buffer> | undefined;

  constructor(options: FactsOptions) {
    this.#options = options;
    this.#own = new OwnFacts(options);
    this.#disk = createDisk(options);
  }

  /** All of them, as one line of JSON, names in order. */
  document(): Promise<Buffer> {
    this.#gathering ??= this.#gather().finally(() => (this.#gathering = undefined));
    return this.#gathering;
  }

  /** The runs of programs of an earlier life of this node, which nobody waits for any more. */
  leftKeys(): Promise<readonly RunKey[]> {
    return this.#own.keys();
  }

  /** Why a message that asks for these may not run, or nothing: also where it is ended meanwhile, which its own run tells. */
  async refusal(conditions: readonly FactCondition[], signal: AbortSignal): Promise<string | undefined> {
    const system = conditions.some(({ fact }) => !isOwn(fact))
      ? await systemFacts(this.#options, this.#disk)
      : undefined;
    for (const condition of conditions) {
      // Each may be a program that takes its seconds.
      if (signal.aborted) return undefined;
      const { fact } = condition;
      const why = whyNot(
        condition,
        isOwn(fact) || system === undefined ? await this.#ownFact(fact) : found(system, fact),
      );
      if (why !== undefined) return why;
    }
    return undefined;
  }

  async #ownFact(fact: string): Promise<Found> {
    const [, name = ''] = fact.split('.');
    const own = await this.#own.gather(name);
    const problem = own.problems[`own.${name}`];
    if (problem !== undefined) return { problem };
    const value = factAt({ own: own.facts }, fact);
    const [unread] = Object.entries(own.problems);
    // It may stand in the file that cannot be read.
    if (value === undefined && unread !== undefined) return { problem: unread.join(': ') };
    return { value };
  }

  async #gather(): Promise<Buffer> {
    const [system, own] = await Promise.all([systemFacts(this.#options, this.#disk), this.#own.gather()]);
    const told = Object.entries({ ...system.problems, ...own.problems });
    const more = told.length - mostProblems;
    const problems = sorted([
      ...told.slice(0, mostProblems),
      ...(more > 0 ? [['more', `${more} more problems`] as const] : []),
    ]);
    const entries: (readonly [string, FactValue])[] = [...Object.entries(system.facts), ['own', own.facts]];
    if (Object.keys(problems).length > 0) entries.push(['problems', problems]);
    return Buffer.from(`${JSON.stringify(sorted(entries))}\n`);
  }
}

function isOwn(fact: string): boolean {
  return fact === 'own' || fact.startsWith('own.');
}

function found(
  {
    facts,
    problems,
  }: { readonly facts: Readonly<Record<string, FactValue>>; readonly problems: Readonly<Record<string, string>> },
  fact: string,
): Found {
  const [name = ''] = fact.split('.', 1);
  const problem = Object.hasOwn(problems, name) ? problems[name] : undefined;
  return problem === undefined ? { value: factAt(facts, fact) } : { problem };
}
