import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import * as tslxd from 'tslxd';

const root = fileURLToPath(new URL('../../', import.meta.url));
const guides = join(root, 'examples/guides');
const documents = [
  join(root, 'README.md'),
  join(root, 'examples/README.md'),
  ...readdirSync(guides).map((name) => join(guides, name)),
];

interface Snippet {
  /** Where TypeScript believes it to be: a file that exists in memory only. */
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

test('the code in README and guides compiles, and a mistake in it would be found, with its place', () => {
  expect(snippets.length).toBeGreaterThan(10);
  expect(problems([context, ...snippets, wrong])).toEqual([
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
  const codes = code.join('').match(/\bERR_LXD_\w+/g)!;
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

/** What the compiler says about them: `README.md:12: …`. */
function problems(files: Snippet[]): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  const program = ts.createProgram([...texts.keys()], { ...options, types: ['node'] }, host);
  return [...texts.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ start = 0, messageText }) => {
      const { line } = ts.getLineAndCharacterOfPosition(source!, start);
      const document = relative(root, file).replace(/-\d+\.ts$/, '');
      return `${document}:${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  });
}
