// The YAML library, loaded with the first YAML file: a node that is sent JSON does without its 8 MB and 30 ms.
import { createRequire } from 'node:module';

type Yaml = typeof import('yaml');

const require = createRequire(import.meta.url);

export function loadYaml(): Yaml {
  return require('yaml') as Yaml;
}
