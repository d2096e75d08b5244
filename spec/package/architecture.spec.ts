import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ESLint, type Linter } from 'eslint';

const root = join(import.meta.dirname, '../..');
const eslint = new ESLint({
  cwd: root,
  // The files below need not exist: what needs types is left out, so that no program has to hold them.
  ruleFilter: ({ ruleId }) => /^(architecture\/|no-restricted-|no-console|max-lines)/.test(ruleId),
  overrideConfig: { languageOptions: { parserOptions: { project: false } } },
});

/** What the project's own configuration says about `code`, were it the text of `file`. */
async function lint(file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: join(root, file) });
  return result!.messages.map(({ ruleId, message }) => `${ruleId}: ${message}`);
}

test.each([
  ['lib/errors/base.ts', '../rest/index.js', 'lib/errors must not import lib/rest'],
  ['lib/connect/socket.ts', '../rest/adapter.js', 'lib/connect must not import lib/rest'],
  ['lib/rest/adapter.ts', '../orm/model.js', 'lib/rest must not import lib/orm'],
  ['lib/rest/endpoints/call.ts', '../../operations/index.js', 'lib/rest must not import lib/operations'],
  ['lib/events/socket.ts', '../operations/waiter.js', 'lib/events must not import lib/operations'],
  ['lib/orm/model.ts', '../resources/instance.js', 'lib/orm must not import lib/resources'],
  ['lib/resources/instances/model.ts', '../../client.js', 'lib/resources must not import lib/client'],
  ['lib/client.ts', './index.js', 'lib/client must not import lib/index'],
  ['lib/client.ts', './testing/index.js', 'lib/client must not import lib/testing'],
  ['lib/index.ts', './testing/index.js', 'lib/index must not import lib/testing'],
  ['lib/rest/adapter.ts', '../newcomer/thing.js', 'lib/newcomer has no place'],
  ['lib/client.ts', '../package.json', "'../package.json' is outside lib"],
  ['lib/resources/profile.ts', 'got', "lib/resources must not import 'got': only lib/rest may"],
  ['lib/operations/waiter.ts', 'ws', "must not import 'ws': only lib/rest, lib/events, lib/testing may"],
  ['lib/resources/image.ts', 'class-transformer', 'only lib/orm may'],
  ['lib/index.ts', 'reflect-metadata', 'only lib/orm may'],
  ['lib/client.ts', 'yaml', 'only lib/connect, lib/testing may'],
  [
    'lib/testing/remote/streams.ts',
    '../../resources/simplestreams/tree.js',
    'it shares no code with the SDK',
  ],
  ['lib/testing/http/decode.ts', '../../rest/answers.js', 'it shares no code with the SDK'],
  ['lib/testing/server.ts', 'msw', "must not import 'msw': lib does not depend on it"],
  ['lib/testing/server.ts', 'tslxd', "must not import 'tslxd'"],
  ['lib/rest/adapter.ts', 'constructor', 'lib does not depend on it'],
])('%s must not import %s', async (file, source, fault) => {
  const forms = [
    `import { thing } from '${source}';`,
    `import type { Thing } from '${source}';`,
    `import '${source}';`,
    `const thing = await import('${source}');`,
    `type Thing = import('${source}').Thing;`,
  ];
  for (const form of forms)
    expect([form, ...(await lint(file, form))]).toEqual([form, expect.stringContaining(fault)]);
});

test.each([
  ['lib/rest/adapter.ts', '../connect/socket.js'],
  ['lib/rest/adapter.ts', './errors.js'],
  ['lib/testing/kind/answer.ts', '../../rest/endpoints/dialects.generated.js'],
  ['lib/rest/events.ts', './orm.js'],
  ['lib/rest/endpoints/call.ts', '../operations.js'],
  ['lib/rest/adapter.ts', 'got'],
  ['lib/rest/adapter.ts', 'got/dist/source/core/options.js'],
  ['lib/rest/adapter.ts', 'node:http'],
  ['lib/rest/facts/generate.ts', 'prettier'],
  ['lib/events/socket.ts', 'ws'],
  ['lib/testing/server.ts', 'ws'],
  ['lib/orm/model.ts', 'class-transformer'],
  ['lib/orm/model.ts', 'reflect-metadata'],
  ['lib/resources/instances/model.ts', '../../orm/index.js'],
  ['lib/resources/instances/model.ts', '../profile.js'],
  ['lib/client.ts', './resources/index.js'],
  ['lib/index.ts', './client.js'],
  ['lib/testing/server.ts', '../client.js'],
  ['spec/rest/adapter.spec.ts', '../../lib/resources/index.js'],
  ['spec/rest/adapter.spec.ts', 'msw'],
  ['examples/snapshots.ts', 'tslxd'],
])('%s may import %s', async (file, source) => {
  const forms = [`import { thing } from '${source}';`, `const thing = await import('${source}');`];
  for (const form of forms) expect(await lint(file, form)).toEqual([]);
});

test('only index.ts re-exports, and the public surface is listed name by name', async () => {
  const all = `export * from './model.js';`;
  const named = `export { Model } from './model.js';`;
  expect(await lint('lib/orm/index.ts', all + named)).toEqual([]);
  expect(await lint('lib/orm/all.ts', all + named)).toHaveLength(2);
  expect(await lint('lib/index.ts', `export * from './client.js';`)).toHaveLength(1);
  expect(await lint('lib/index.ts', `export { Client } from './client.js';`)).toEqual([]);
});

test('lib does not print nor assert, examples know the package only, no file passes 400 lines', async () => {
  expect(await lint('lib/client.ts', `console.log('x');`)).toEqual([expect.stringContaining('no-console')]);
  expect(await lint('examples/demo.ts', `console.log('x');`)).toEqual([]);
  expect(await lint('lib/client.ts', `const x = map[key]! + match[1]!;`)).toEqual([]);
  expect(await lint('lib/client.ts', `const x = web.name!;`)).toEqual([
    expect.stringContaining('no-restricted'),
  ]);
  expect(await lint('examples/demo.ts', `import '../lib/index.js';`)).toHaveLength(1);
  expect(await lint('spec/long.spec.ts', '// x\n'.repeat(400))).toEqual([]);
  expect(await lint('spec/long.spec.ts', '// x\n'.repeat(401))).toEqual([
    expect.stringContaining('max-lines'),
  ]);
});

test.each(['lib/client.ts', 'spec/client.spec.ts', 'examples/demo.ts'])(
  '%s is linted with types',
  async (file) => {
    const { rules } = (await new ESLint({ cwd: root }).calculateConfigForFile(
      join(root, file),
    )) as Linter.Config;
    for (const rule of ['no-floating-promises', 'no-misused-promises', 'no-explicit-any', 'ban-ts-comment']) {
      expect([rule, rules?.[`@typescript-eslint/${rule}`]]).toEqual([rule, expect.arrayContaining([2])]);
    }
  },
);

test('comments cite no page that is not in the repository', async () => {
  const folders = ['lib', 'spec', 'examples', '.github', '.ci'];
  const files = (
    await Promise.all(
      folders.map(async (folder) =>
        (await readdir(join(root, folder), { recursive: true })).map((file) => join(folder, file)),
      ),
    )
  ).flat();
  files.push(...(await readdir(root)).filter((file) => /\.(md|[cm]?[jt]s)$/.test(file)));
  const pages = new Set(files.filter((file) => file.endsWith('.md')).map((file) => basename(file)));
  const missing: string[] = [];
  for (const file of files.filter((path) => /\.([cm]?[jt]s|sh)$/.test(path) || path === '.ci/run')) {
    const cited = (await readFile(join(root, file), 'utf8')).matchAll(/[\w-]+\.md\b/g);
    for (const [page] of cited) if (!pages.has(page)) missing.push(`${file}: ${page}`);
  }
  expect(missing).toEqual([]);
});
