import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as tslxd from 'tslxd';
import { cacheFolder } from '../support/bundle.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const guides = join(root, 'examples/guides');
const documents = [
  join(root, 'README.md'),
  join(root, 'examples/README.md'),
  ...readdirSync(guides).map((name) => join(guides, name)),
];

interface Snippet {
  /** Its document and line, as the path of a file. */
  file: string;
  /** As many empty lines as stand above it in its document, so that line numbers agree. */
  text: string;
}

/** The names that snippets use without saying where they come from. A snippet's own declarations go before these. */
const context = {
  file: join(root, 'examples/snippets/context.d.ts'),
  text: [
    'client: import("tslxd").Client',
    'web: import("tslxd").Instance',
    'server: import("tslxd/testing").FakeServer',
  ]
    .map((name) => `declare const ${name};\n`)
    .join(''),
};

const snippets = documents.flatMap(snippetsOf);

/** One that is wrong on purpose. */
const wrong = {
  file: join(root, 'README.md-9.ts'),
  text: "\n\nawait web.save({ onConflict: 'yours' });\nexport {};",
};

test('the code in README and guides compiles, and a mistake in it would be found, with its place', async () => {
  expect(snippets.length).toBeGreaterThan(10);
  expect(await problems([context, ...snippets, wrong])).toEqual([
    expect.stringMatching(/^README\.md:3: .*'"yours"' is not assignable/),
  ]);
}, 60_000);

test('every relative link in README and guides leads to a file', () => {
  const broken = documents.flatMap((document) => {
    const links = [...readFileSync(document, 'utf8').matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(
      (match) => match[1]!,
    );
    const files = links.filter((link) => !/^[a-z]+:/.test(link));
    const missing = files.filter((link) => !existsSync(resolve(dirname(document), link)));
    return missing.map((link) => `${relative(root, document)}: ${link}`);
  });
  expect(broken).toEqual([]);
});

test('README names every error with its code', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const classes = Object.entries(tslxd).filter(
    ([name, value]) =>
      /^[A-Z].*Error$/.test(name) &&
      !['LxdError', 'UsageError', 'SaveAllError'].includes(name) &&
      typeof value === 'function',
  );
  expect(classes.length).toBeGreaterThan(20);
  expect(classes.map(([name]) => name).filter((name) => !readme.includes(`| \`${name}\``))).toEqual([]);

  const errors = join(root, 'lib/errors');
  const code = readdirSync(errors).map((name) => readFileSync(join(errors, name), 'utf8'));
  // A dry run catches its own error.
  const codes = code.join('').match(/\bERR_LXD_(?!UNSENT)\w+/g)!;
  expect(codes.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});

/** The ```ts blocks of a Markdown file. */
function snippetsOf(document: string): Snippet[] {
  const lines = readFileSync(document, 'utf8').split('\n');
  const found: Snippet[] = [];
  for (let start = 0; start < lines.length; start++) {
    if (lines[start] !== '```ts') continue;
    const end = lines.indexOf('```', start);
    const code = lines.slice(start + 1, end).join('\n');
    found.push({ file: `${document}-${start}.ts`, text: `${'\n'.repeat(start + 1)}${code}\nexport {};\n` });
    start = end;
  }
  return found;
}

/** What the compiler says about them: `README.md:12: …`. TypeScript 7 takes a fraction of the time of 6. */
async function problems(files: Snippet[]): Promise<string[]> {
  const folder = await cacheFolder();
  try {
    const names = files.map(({ file }) => relative(root, file).replaceAll('/', '__'));
    const settings = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { types: ['node'] },
      files: names,
      include: [],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
    for (const [index, { text }] of files.entries()) writeFileSync(join(folder, names[index]!), text);
    const compiler = join(root, 'node_modules/typescript-7/bin/tsc');
    const { stdout } = await promisify(execFile)(process.execPath, [compiler, '-p', '.'], {
      cwd: folder,
    }).catch((error: unknown) => error as { stdout: string });
    return stdout.split('\n').flatMap((line) => {
      const [, name = '', at, message] = /^(\S+)\((\d+),\d+\): (.*)$/.exec(line) ?? [];
      if (at === undefined) return line === '' || line.startsWith(' ') ? [] : [line];
      return [`${name.replaceAll('__', '/').replace(/-\d+\.ts$/, '')}:${at}: ${message}`];
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}
