// The flow of a node, with everything that it is given.
import { systemClock } from '../base/clock.ts';
import { systemRandom } from '../base/random.ts';
import { Flow } from '../flow/flow.ts';
import type { Methods } from '../methods/create-methods.ts';
import { createIdSource } from '../model/id.ts';
import { digestSeals, openPolicy } from '../security/seal.ts';
import { shareOut, type Shares } from '../store/quota.ts';
import type { Config } from './config/config.ts';
import type { NodeOptions } from './start-node.ts';

export function quotaShares({ storeQuotaBytes }: Config): Shares | undefined {
  return storeQuotaBytes < 0 ? undefined : shareOut(storeQuotaBytes);
}

interface FlowParts {
  readonly methods: Methods;
  readonly onReady: () => void;
}

export function createFlow({ config, version }: NodeOptions, { methods, onReady }: FlowParts): Flow {
  return new Flow(
    {
      node: config.nodeName,
      central: config.centralNodeName,
      version,
      groups: config.groups,
      boot: Buffer.from(systemRandom.bytes(9)).toString('base64url'),
      random: systemRandom,
      wall: () => systemClock.wall(),
      monotonic: () => systemClock.monotonic(),
      seals: digestSeals,
      policy: openPolicy,
      methods,
      newId: createIdSource({
        now: () => systemClock.wall(),
        random48: () => Math.floor(systemRandom.next() * 2 ** 48),
      }),
      maxRunning: config.maxRunning,
      limits: config.limits,
      retention: {
        keepMs: config.keepMessagesMs < 0 ? null : config.keepMessagesMs,
        databaseBytes: quotaShares(config)?.databaseBytes ?? null,
      },
    },
    onReady,
  );
}
