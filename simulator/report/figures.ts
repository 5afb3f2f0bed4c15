// The figures of many seeds, added up.
import { deaths, faultKinds, newTally, packetFaults, type FaultKind, type Tally } from '../faults.ts';
import type { SeedResult } from '../run-seed.ts';

export interface Figures {
  seeds: number;
  nodes: number;
  mostNodes: number;
  messages: number;
  packets: number;
  steps: number;
  simulatedMs: number;
  longestRestMs: number;
  readonly faults: Tally;
  /** Seeds in which it was injected at least once. */
  readonly seedsWith: Tally;
}

export function newFigures(): Figures {
  return {
    seeds: 0,
    nodes: 0,
    mostNodes: 0,
    messages: 0,
    packets: 0,
    steps: 0,
    simulatedMs: 0,
    longestRestMs: 0,
    faults: newTally(),
    seedsWith: newTally(),
  };
}

export function addResult(figures: Figures, result: SeedResult): void {
  figures.seeds += 1;
  figures.nodes += result.nodes;
  figures.mostNodes = Math.max(figures.mostNodes, result.nodes);
  figures.messages += result.messages;
  figures.packets += result.packets;
  figures.steps += result.steps;
  figures.simulatedMs += result.simulatedMs;
  figures.longestRestMs = Math.max(figures.longestRestMs, result.restMs);
  for (const kind of faultKinds) {
    figures.faults[kind] += result.tally[kind];
    if (result.tally[kind] > 0) figures.seedsWith[kind] += 1;
  }
}

export function sumOf(figures: Figures, kinds: readonly FaultKind[]): number {
  return kinds.reduce((sum, kind) => sum + figures.faults[kind], 0);
}

export const crashesOf = (figures: Figures): number => sumOf(figures, deaths);
export const packetFaultsOf = (figures: Figures): number => sumOf(figures, packetFaults);
