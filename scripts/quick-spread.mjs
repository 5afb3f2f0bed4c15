// An esbuild plugin: object spreads become calls of `Object.assign` (docs/adr/0034). Node 20 makes a new hidden class, which lies in the old
// generation, for every property that a literal adds behind a spread, each time that it is evaluated: some 600 ns and 70 bytes.
//
// 1. The meaning stays: also an own property named `__proto__`, which JSON can hold, is copied and sets no prototype.
// 2. esbuild's own helpers define one property after the other. What replaces them is as long as they are: source maps stay right.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What esbuild writes, and what stands for it. */
const helpers = [
  [
    /__spreadValues=\((\w+),\w+\)=>\{.*?return \1\},__spreadProps=\(\w+,\w+\)=>__defProps\(\w+,__getOwnPropDescs\(\w+\)\)/,
    '__spreadValues=(to,from)=>from!=null&&Object.hasOwn(from,"__proto__")?__defProps(to,__getOwnPropDescs(from)):Object.assign(to,from),__spreadProps=__spreadValues',
  ],
  [
    /__objRest=\(source,exclude\)=>\{.*?return target\}/,
    '__objRest=(from,not)=>{const to={};for(const key of Reflect.ownKeys(from))!not.includes(key)&&__propIsEnum.call(from,key)&&__defNormalProp(to,key,from[key]);return to}',
  ],
];

/** For a bundle that is minified and written to files. */
export const quickSpread = {
  name: 'quick-spread',
  setup({ initialOptions: options, onEnd }) {
    options.supported = { ...options.supported, 'object-rest-spread': false };
    options.metafile = true;
    onEnd(({ metafile }) => {
      // Something else is wrong with the build.
      if (metafile === undefined) return undefined;
      const paths = Object.keys(metafile.outputs).map((name) => join(options.absWorkingDir ?? '', name));
      const texts = paths
        .filter((path) => path.endsWith('.mjs'))
        .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
      for (const [slow, quick] of helpers) {
        const [file, ...more] = texts.filter(({ text }) => slow.test(text));
        if (file === undefined || more.length > 0 || quick.length > (slow.exec(file.text)?.[0].length ?? 0))
          return { errors: [{ text: `quick-spread does not know this esbuild: ${slow}` }] };
        file.text = file.text.replace(slow, (helper) => quick.padEnd(helper.length));
        writeFileSync(file.path, file.text);
      }
      return {};
    });
  },
};
