// Pages, and the schema for editors, that are made from the code. After a change of the code: npx vitest run --project unit test/unit/rules -u
import { join } from 'node:path';
import { format } from 'prettier';
import { expect, test } from 'vitest';
import { cliPage } from './pages/cli-page.ts';
import { configurationPage } from './pages/configuration-page.ts';
import { errorsPage } from './pages/errors-page.ts';
import { messageSchema } from './pages/message-schema.ts';
import { messagesPage } from './pages/messages-page.ts';
import { methodsPage } from './pages/methods-page.ts';
import { readText, root } from './tree.ts';

const pages = {
  'docs/errors.md': errorsPage,
  'docs/configuration.md': configurationPage,
  'docs/cli.md': cliPage,
  'docs/messages.md': messagesPage,
  'docs/methods.md': methodsPage,
  'schema/message.schema.json': messageSchema,
};

for (const [path, make] of Object.entries(pages)) {
  test(`generated pages - ${path} says what the code says`, async () => {
    const parser = path.endsWith('.json') ? 'json' : 'markdown';
    const options = JSON.parse(readText('.prettierrc.json')) as Record<string, unknown>;
    await expect(await format(await make(), { ...options, parser })).toMatchFileSnapshot(join(root, path));
  });
}
