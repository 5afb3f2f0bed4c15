// All scenes, in the order in which they are begun: a loud one and a quiet one side by side.
import { broker, cluster, leaf } from './scenes/brokers.ts';
import { damage } from './scenes/damage.ts';
import { fullDisk, powerCut } from './scenes/disks.ts';
import { drivers } from './scenes/drivers.ts';
import { cut, gsmLink, halfOpen, loss, satelliteLink } from './scenes/links.ts';
import { kill, stop } from './scenes/processes.ts';
import { storm } from './scenes/storm.ts';
import type { Scene } from './scene.ts';

export const scenes: readonly Scene[] = [
  kill,
  satelliteLink,
  storm,
  gsmLink,
  cut,
  halfOpen,
  stop,
  loss,
  broker,
  leaf,
  cluster,
  powerCut,
  fullDisk,
  damage,
  drivers,
];
