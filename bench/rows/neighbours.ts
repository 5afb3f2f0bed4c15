// Fifty lanes of one node: twenty that are well, measured alone, and again while ten others hang, ten crash and ten flood.
//
// A lane is a sender and a method, ordered or not. One sender has two lanes for commands, so fifteen nodes send: central, and
// fourteen that are called offices. All their lanes end at `ship1`:
//
//   central, office2 … 5   a command that hangs · a small command · a ping · 2,000 lines for a file, again and again
//   office6 … 10           a command that hangs · a small command · a ping
//   office11 … 15          commands that die at random · commands that write without end · lines for a file, whose process crashes
//
// Each of the twenty sends a message every second, whatever became of the one before it; so it does in both phases. Of the ten that
// flood two begin anew every six seconds: 16 MiB of output, which then travel to their sender, and 2,000 messages at once.
// More would be a test of the machine: fifteen senders, the broker and all disks are on it, and a flood without a pause takes all of it.
import { setTimeout as pause } from 'node:timers/promises';
import { makeVersion, type SourceChange } from '../../test/support/made-up-version.ts';
import { quantile, type Figure } from '../figure.ts';
import { startBadNeighbours, type BadLanes } from '../lab/bad-neighbours.ts';
import type { BenchNode } from '../lab/bench-node.ts';
import { command, ping } from '../lab/messages.ts';
import type { Lab } from '../lab/open-lab.ts';
import { measurePaced, type PacedLane } from '../lab/paced-load.ts';
import { peakResidentMb } from '../lab/processes.ts';
import { waitUntil } from '../lab/wait-until.ts';
import { askProcesses, checkErrors, checkProcesses } from '../lab/what-is-shown.ts';
import type { Row } from './row.ts';

const everyMs = 1000;
const warmRounds = 5;
/** Until all that misbehaves has done so once: a program that does something for the first time is slower. What hangs can be told from what is slow by then. */
const beforeMs = 35_000;
/** An idle node with fifteen peers, and five outputs of 16 MiB under way. */
const boundMb = 230;

const names = ['central', ...Array.from({ length: 14 }, (_none, index) => `office${index + 2}`)];
const crashing = names.slice(10).map((name) => `subscriber ${name} fileAppend`);

/** The receiver's own mistake, at random: the supervised processes of five lanes fail at every third thing that they write. */
const poisoned: SourceChange = {
  file: 'src/flow/scopes.ts',
  old: 'if (this.current !== undefined) this.parts.faultPoint?.({ process: this.current.child.spec.id, point });',
  new: `if (point !== 'commit' || this.current === undefined || Math.random() > 1 / 3) return;
    if (${JSON.stringify(crashing)}.includes(this.current.child.spec.id)) throw new Error('poison');`,
};

export const neighbours: Row = {
  name: 'neighbours',
  async measure({ lab, scale, say }) {
    const count = scale(60);
    const version = makeVersion([poisoned]);
    try {
      const { central, senders, ship } = await openNodes(lab, version.program);
      const lanes = senders.slice(0, 10).flatMap((from): PacedLane[] => [
        { from, message: command(['echo', 'hello'], { unordered: true, reply: 'none' }) },
        { from, message: ping({ reply: 'none' }) },
      ]);
      await measurePaced({ lanes, everyMs, count: warmRounds });
      say('quiet');
      const quiet = await measurePaced({ lanes, everyMs, count });
      const bad: BadLanes = {
        hang: senders.slice(0, 10),
        die: senders.slice(10),
        crash: senders.slice(10),
        pour: senders.slice(10),
        heap: senders.slice(0, 5),
      };
      const neighbourhood = await startBadNeighbours(bad, { operator: central, ship });
      await pause(beforeMs);
      say('with thirty others');
      const loaded = await measurePaced({ lanes, everyMs, count });

      neighbourhood.leaveStopped();
      await waitUntil('the processes that crash to be stopped', 500, async () => {
        const states = (await ship.client.processes()).map(({ state }) => state);
        return states.filter((state) => state === 'stopped').length >= crashing.length;
      });
      const wrong = {
        hung: neighbourhood.hung,
        stopped: crashing,
        told: bad.crash.flatMap(({ name }) =>
          ['cliCommand', 'cliCommand*', 'fileAppend'].map((lane) => `${name} ${lane}`),
        ),
      };
      checkProcesses(await askProcesses(central, ship.name), wrong);
      const heard = await checkErrors(central, ship, wrong);
      say(`${ship.name} names ${wrong.told.length} lanes with errors, and central has heard of ${heard} of them`);
      await neighbourhood.end();
      return figuresOf({ quiet, loaded, senders, ship });
    } finally {
      version.remove();
    }
  },
};

interface Nodes {
  readonly central: BenchNode;
  /** Central is the first of them. */
  readonly senders: readonly BenchNode[];
  readonly ship: BenchNode;
}

async function openNodes(lab: Lab, program: string): Promise<Nodes> {
  // At the end nobody waits for what hangs.
  const ship = lab.nodeOf(program, 'ship1', '--drain=0');
  const senders = names.map((name) => lab.node(name));
  const [central] = senders;
  if (central === undefined) throw new Error('nobody sends');
  const all = [ship, ...senders];
  await Promise.all(all.map((node) => node.start()));
  await Promise.all(all.map((node) => node.linkUp()));
  return { central, senders, ship };
}

interface Measured extends Omit<Nodes, 'central'> {
  readonly quiet: readonly number[];
  readonly loaded: readonly number[];
}

function figuresOf({ quiet, loaded, senders, ship }: Measured): readonly Figure[] {
  const lanes = 'twenty lanes, submission to final state';
  const latency = (label: string, share: number, most: number): readonly Figure[] => {
    const [alone, among] = [quantile(quiet, share), quantile(loaded, share)];
    return [
      { name: `${lanes}, alone, ${label}`, value: alone, unit: 'ms' },
      { name: `${lanes}, beside thirty bad ones, ${label}`, value: among, unit: 'ms' },
      { name: `the same as a ratio to alone, ${label}`, value: among / alone, unit: '×', goal: { atMost: most } },
    ];
  };
  const sender = Math.max(...senders.map((node) => peakResidentMb(node.pid())));
  return [
    ...latency('p50', 0.5, 2),
    ...latency('p99', 0.99, 5),
    {
      name: 'fifty lanes, peak of the receiver',
      value: peakResidentMb(ship.pid()),
      unit: 'MB',
      goal: { atMost: boundMb },
    },
    { name: 'fifty lanes, largest peak of a sender', value: sender, unit: 'MB', goal: { atMost: boundMb } },
  ];
}
