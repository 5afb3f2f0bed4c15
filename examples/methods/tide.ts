#!/usr/bin/env node
// The height of the tide at an hour, roughly. Node runs it as it is from 22.18 on; for an older one make JavaScript of it:
//   npx esbuild tide.ts --format=esm --platform=node --outfile=tide.mjs && chmod +x tide.mjs
import { writeFileSync } from 'node:fs';

interface Tide {
  readonly hour: number;
  readonly metres: number;
}

const description = {
  summary: 'The height of the tide at an hour of the day.',
  args: [
    { name: 'hour', type: 'number' },
    { name: 'harbour', oneOf: ['north', 'south'], optional: true },
  ],
  timeout: 10,
  unordered: true,
  example: { args: ['6', 'south'] },
};

function tideAt(hour: number, harbour: string): Tide {
  const range = harbour === 'south' ? 1.2 : 2.4;
  return { hour, metres: Math.round(range * Math.cos((hour / 12.42) * 2 * Math.PI) * 100) / 100 };
}

const [first = '', harbour = 'north'] = process.argv.slice(2);
if (first === '--describe') console.log(JSON.stringify(description));
else writeFileSync(process.env['STEWARD_RESULT'] ?? '/dev/stdout', JSON.stringify(tideAt(Number(first), harbour)));
