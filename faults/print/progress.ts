// A line that is rewritten while scenes play; without a terminal, one line when a scene begins and one when it ends.
import type { Performance, Progress } from '../run-scene.ts';
import { faultText } from './table.ts';

export interface ProgressLine {
  begins(scene: string): void;
  moves(scene: string, progress: Progress): void;
  ends(performance: Performance): void;
  close(): void;
}

export interface ProgressOptions {
  readonly stream: NodeJS.WriteStream;
  readonly scenes: number;
  readonly now: () => number;
}

export function createProgressLine({ stream, scenes, now }: ProgressOptions): ProgressLine {
  const began = now();
  const playing = new Map<string, Progress | undefined>();
  let done = 0;
  const say = (text: string): void => {
    stream.write(stream.isTTY ? `\r\u001b[K${text}\n` : `${text}\n`);
    draw();
  };
  const draw = (): void => {
    if (!stream.isTTY) return;
    const parts = [...playing].map(([scene, progress]) =>
      progress === undefined
        ? scene
        : `${scene} ${progress.seconds.toFixed(0)} s, ${progress.messages} messages, ${faultText(progress.faults)}`,
    );
    const line = `${done}/${scenes} scenes, ${((now() - began) / 1000).toFixed(0)} s | ${parts.join(' | ')}`;
    stream.write(`\r\u001b[K${line.slice(0, stream.columns - 1)}`);
  };
  return {
    begins(scene) {
      playing.set(scene, undefined);
      if (stream.isTTY) draw();
      else say(`${scene} begins`);
    },
    moves(scene, progress) {
      playing.set(scene, progress);
      draw();
    },
    ends({ scene, seconds, delivered, faults, wrong, obstacle }) {
      playing.delete(scene);
      done += 1;
      const end = obstacle === undefined ? (wrong.length === 0 ? 'good' : 'WRONG') : `not played: ${obstacle}`;
      say(`${scene}: ${end}, ${seconds.toFixed(0)} s, ${delivered} delivered, ${faultText(faults)}`);
      for (const sentence of wrong.slice(0, 3)) say(`  ${sentence.split('\n')[0]}`);
    },
    close: () => void (stream.isTTY && stream.write('\r\u001b[K')),
  };
}
