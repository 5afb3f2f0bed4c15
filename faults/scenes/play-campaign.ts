// The shape that most scenes have: nodes submit while agitators do their worst; then all comes to rest and is judged.
//
// 1. Whatever fails ends the scene: the agitators and the submitters stop, and the error travels.
import { Campaign, maxRunning, type Route } from '../../test/support/campaign.ts';
import type { CampaignStyle } from '../../test/support/campaign-work.ts';
import type { FleetNode } from '../../test/support/fleet.ts';
import type { Agitator } from '../agitate/agitator.ts';
import { judge } from '../judge.ts';
import type { Judgement, Stage } from '../scene.ts';

/** Every node of a scene is started with it: the checker knows how many commands can have been running. */
export const nodeFlags = ['--max-running', String(maxRunning)] as const;

/** Small and many: the faults are what is slow. */
const style: Partial<CampaignStyle> = {
  batch: 12,
  pauseMs: 200,
  appends: 0.75,
  workMs: 120,
  largeEvery: 61,
  mostWaiting: 250,
  // Two scenes share the disk, and one of them may be filling it.
  recordingMs: 3_000,
};

export interface CampaignSetting {
  readonly nodes: readonly FleetNode[];
  readonly routes: readonly Route[];
  readonly agitators: (campaign: Campaign) => readonly Agitator[];
  readonly style?: Partial<CampaignStyle>;
  /** Everything has come to rest so soon after the last fault. */
  readonly restMs?: number;
}

export async function playCampaign(stage: Stage, setting: CampaignSetting): Promise<Judgement> {
  const { nodes, routes, restMs = 120_000 } = setting;
  const campaign = new Campaign({
    random: stage.random('campaign'),
    nodes,
    routes,
    style: { ...style, ...setting.style },
  });
  await Promise.all(nodes.map((node) => node.startLinked()));
  let failed: unknown;
  const guard = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      failed ??= error;
    }
  };
  const senders = [...new Set(routes.map(({ from }) => from))];
  const submitting = senders.map((node) => guard(campaign.submitFrom(node)));
  const agitating = setting.agitators(campaign).map((agitate) => guard(agitate()));
  while (!stage.over() && failed === undefined) {
    await stage.pause(500);
    stage.onMessages(campaign.submitted);
  }
  campaign.stop();
  await Promise.all([...submitting, ...agitating]);
  if (failed !== undefined) throw failed;
  if (stage.interrupted()) throw new Error('interrupted');
  const history = await campaign.rest(restMs);
  stage.onMessages(campaign.submitted);
  return judge({ history, tell: (number) => campaign.tell(number) });
}
