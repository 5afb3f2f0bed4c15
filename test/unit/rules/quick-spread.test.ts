// The build replaces object spreads (docs/adr/0034): what they mean must stay.
import { build, type Plugin } from 'esbuild';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

/** Scripts have no types. */
const script: string = '../../../scripts/quick-spread.mjs';
const { quickSpread } = (await import(script)) as { readonly quickSpread: Plugin };

const folder = mkdtempSync(join(tmpdir(), 'steward-spread-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Each builds an object by a spread, in a way of its own. */
const spreads = `
  const symbol = Symbol.for('one');
  const hidden = Object.defineProperty({ shown: 1 }, 'hidden', { value: 2, enumerable: false });
  const counted = { get got() { return 'once'; } };
  export const objects = [
    { ...{ one: 1 }, two: 2 },
    { two: 2, ...{ one: 1, two: 3 } },
    { ...{ one: 1 }, one: 2, ...{ one: 3 } },
    { ...null, ...undefined, ...false, ...0, one: 1 },
    { ...'ab', ...[3], one: 1 },
    { ...{ [symbol]: 1 }, one: 1 },
    { ...hidden, one: 1 },
    { ...counted, one: 1 },
    { ...Object.create({ inherited: 1 }), one: 1 },
    { ...JSON.parse('{"__proto__":{"isAdmin":true},"one":1}'), two: 2 },
    { zero: 0, ...JSON.parse('{"__proto__":{"isAdmin":true},"one":1}') },
  ];
  const { one, ...others } = JSON.parse('{"one":1,"__proto__":{"isAdmin":true},"two":2}');
  export const rest = others;
`;

interface Built {
  readonly objects: readonly object[];
  readonly rest: object;
}

async function built(name: string, plugins: readonly Plugin[]): Promise<Built> {
  writeFileSync(join(folder, 'spreads.mjs'), spreads);
  await build({
    absWorkingDir: folder,
    entryPoints: { [name]: 'spreads.mjs' },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    target: 'node20.19',
    minifySyntax: plugins.length > 0,
    minifyWhitespace: true,
    plugins: [...plugins],
  });
  return (await import(join(folder, `${name}.mjs`))) as Built;
}

const described = (one: object): unknown => ({
  keys: Reflect.ownKeys(one),
  properties: Object.getOwnPropertyDescriptors(one),
  prototype: Object.getPrototypeOf(one) === Object.prototype,
});

test('what the build makes of object spreads means the same', async () => {
  const [native, quick] = [await built('native', []), await built('quick', [quickSpread])];
  expect(readFileSync(join(folder, 'quick.mjs'), 'utf8')).toMatch(/__spreadValues=.*Object\.assign/);
  expect(quick.objects.map(described)).toEqual(native.objects.map(described));
  expect(described(quick.rest)).toEqual(described(native.rest));
});
