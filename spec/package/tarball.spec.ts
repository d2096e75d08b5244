import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { FakeServer } from 'tslxd/testing';

interface Packed {
  filename: string;
  size: number;
  unpackedSize: number;
  files: { path: string; size: number }[];
}

const root = join(import.meta.dirname, '../..');
const tools = join(root, 'node_modules');
const withRequire =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
const needless = ['.git', 'node_modules', 'dist', 'docs', 'coverage'];

/** Runs a program in `cwd`; what it printed is in the error when it fails. */
async function run(
  cwd: string,
  file: string,
  ...args: string[]
): Promise<{ stdout: string; stderr: string }> {
  try {
    return await promisify(execFile)(file, args, { cwd });
  } catch (error) {
    const { message, stdout, stderr } = error as Error & { stdout: string; stderr: string };
    throw new Error([message, stdout, stderr].join('\n'), { cause: error });
  }
}

let dir: string;
let consumer: string;
let packed: Packed;

// One tarball for the whole file, built in a copy: no one else's dist/ is touched.
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tslxd tarball '));
  const copy = join(dir, 'repository');
  await cp(root, copy, { recursive: true, filter: (path) => !needless.includes(relative(root, path)) });
  await symlink(tools, join(copy, 'node_modules'));
  // As `prepack` does, but for the types, which `npm test` has checked.
  await run(copy, 'npm', 'run', 'build', '--', '--noCheck');
  const pack = ['pack', '--ignore-scripts', '--json', '--loglevel=error', `--pack-destination=${dir}`];
  const { stdout } = await run(copy, 'npm', ...pack);
  [packed] = JSON.parse(stdout) as [Packed];

  consumer = join(dir, 'consumer');
  await cp(join(import.meta.dirname, 'fixtures/consumer'), consumer, { recursive: true });
  const installed = join(consumer, 'node_modules/tslxd');
  await mkdir(installed, { recursive: true });
  await run(dir, 'tar', '-xzf', packed.filename, '--strip-components=1', '-C', installed);
  // What npm would install beside it, and nothing else: an import that it does not declare fails.
  const { dependencies } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of [...Object.keys(dependencies), '@types/node']) {
    const link = join(consumer, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(tools, name), link);
  }
}, 180_000);

afterAll(() => rm(dir, { recursive: true, force: true }));

test('holds what users need and nothing else', () => {
  const paths = packed.files.map(({ path }) => path);
  const expected =
    /^(dist\/.+\.(js|d\.ts)(\.map)?|lib\/.+\.ts|package\.json|README\.md|CHANGELOG\.md|LICENSE)$/;
  expect(paths.filter((path) => !expected.test(path))).toEqual([]);
  expect(paths.filter((path) => /(^|\/)(facts|spec|examples)\//.test(path))).toEqual([]);
  expect(paths).toEqual(expect.arrayContaining(['dist/index.js', 'dist/testing/index.d.ts', 'LICENSE']));
  const kB = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;
  const { size, unpackedSize } = packed;
  process.stdout.write(`tarball: ${kB(size)}, unpacked ${kB(unpackedSize)}, ${paths.length} files\n`);
});

test('every source map leads to a shipped file of lib/ as it is in the repository', async () => {
  const installed = join(consumer, 'node_modules/tslxd');
  const dist = await readdir(join(installed, 'dist'), { recursive: true });
  const maps = dist.filter((path) => path.endsWith('.map'));
  expect(maps).toHaveLength(dist.filter((path) => /\.[jt]s$/.test(path)).length);
  for (const map of maps) {
    const path = join(installed, 'dist', map);
    const { sources, sourceRoot } = JSON.parse(await readFile(path, 'utf8')) as {
      sources: [string];
      sourceRoot?: string;
    };
    const source = relative(installed, resolve(dirname(path), sourceRoot ?? '', sources[0]));
    expect(source).toBe(join('lib', map.replace(/(\.d\.ts|\.js)\.map$/, '.ts')));
    expect(await readFile(join(installed, source), 'utf8')).toBe(await readFile(join(root, source), 'utf8'));
  }
});

test.each(['module.mjs', 'common.cjs'])('%s loads it without a warning and ends by itself', async (file) => {
  expect(await run(consumer, process.execPath, file)).toEqual({ stdout: 'ok\n', stderr: '' });
});

// A new user gets TypeScript 7, which takes a fraction of the time of 6.
const compilers = process.env.CI ? ['typescript-7', 'typescript'] : ['typescript-7'];
test.each(compilers)(
  'a strict consumer compiles with %s, with the declarations of all dependencies checked',
  async (compiler) => {
    await run(consumer, process.execPath, join(tools, compiler, 'bin/tsc'), '-p', '.');
  },
  60_000,
);

// What README says of a tsconfig: each way is compiled, and what the compiler says of it is told.
const reading = `import { Client } from 'tslxd';
const files = new Client().instances.ref('web').files;
export const wrong: number = files.createReadStream('/etc/motd'); // only an any is a number
`;
const isTyped = /TS2322: Type 'Readable'/;
test.each([
  ['ES modules', { module: 'nodenext', types: ['node'] }, 'ts', [isTyped]],
  ['ES modules, for Node.js 16', { module: 'node16', types: ['node'] }, 'ts', [isTyped]],
  ['a bundler', { module: 'esnext', moduleResolution: 'bundler', types: ['node'] }, 'ts', [isTyped]],
  ['CommonJS', { module: 'nodenext', types: ['node'] }, 'cts', [isTyped]],
  ['CommonJS, for Node.js 16', { module: 'node16', types: ['node'] }, 'cts', [/TS1479/, isTyped]],
  ['no types, the default of TypeScript 6', { module: 'nodenext' }, 'ts', []],
])(
  'a tsconfig for %s',
  async (title, compilerOptions, ending, expected) => {
    const folder = join(consumer, 'tsconfigs', title.replace(/\W+/g, '-'));
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `reading.${ending}`), reading);
    const options = { strict: true, skipLibCheck: true, noEmit: true, ...compilerOptions };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }));
    expect(await complaints(folder, 'typescript-7')).toEqual(
      expected.map((one) => expect.stringMatching(one)),
    );
  },
  60_000,
);

test('a tsconfig for node10, which TypeScript 7 has no more, does not find it', async () => {
  const folder = join(consumer, 'tsconfigs/node10');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'reading.ts'), reading);
  const compilerOptions = {
    module: 'commonjs',
    moduleResolution: 'node10',
    ignoreDeprecations: '6.0',
    noEmit: true,
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  expect(await complaints(folder, 'typescript')).toEqual([expect.stringContaining('TS2307')]);
}, 60_000);

/** The errors that a compiler finds in a folder. */
async function complaints(folder: string, compiler: string): Promise<string[]> {
  const tsc = join(tools, compiler, 'bin/tsc');
  const failed = await run(folder, process.execPath, tsc, '-p', '.').catch(
    (error: unknown) => error as Error,
  );
  return 'message' in failed ? (failed.message.match(/^\S+\(\d+,\d+\): error .*/gm) ?? [failed.message]) : [];
}

// What README says of bundling.
test.each([
  ['ES module, packages external', { format: 'esm', packages: 'external' }, 2],
  ['ES module with require()', { format: 'esm', banner: { js: withRequire } }, 900],
  ['CommonJS', { format: 'cjs' }, 900],
] as const)(
  'bundled and minified as %s, it works, and names are the same',
  async (title, options, most) => {
    const outfile = join(
      consumer,
      `bundle-${title.replace(/\W+/g, '-')}.${options.format === 'cjs' ? 'cjs' : 'mjs'}`,
    );
    const entry = join(consumer, 'bundled.mjs');
    const common = { bundle: true, minify: true, platform: 'node', logLevel: 'silent' } as const;
    await build({ entryPoints: [entry], outfile, ...common, ...options });
    await using server = await FakeServer.start();
    server.addInstance({ name: 'web', status: 'Running' });
    const { stdout } = await run(consumer, process.execPath, outfile, server.socketPath);
    expect(stdout).toBe("Instance('web' Running)\nhello\nNotFoundError ERR_LXD_NOT_FOUND\n");
    const { size } = await stat(outfile);
    process.stdout.write(`bundled as ${title}: ${String(Math.round(size / 1000))} kB\n`);
    expect(size).toBeLessThan(most * 1000);
  },
  60_000,
);

// As examples/guides/testing.md says.
test('a test of jest that imports it needs the flag, and nothing else', async () => {
  const folder = join(consumer, 'jest');
  await mkdir(folder, { recursive: true });
  const settings = { type: 'module', jest: { testMatch: ['**/*.test.js'], transform: {} } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(settings));
  const code = `import { FakeServer } from 'tslxd/testing';
    test('starts', async () => (await FakeServer.start()).close());`;
  await writeFile(join(folder, 'fake.test.js'), code);
  const jest = [join(tools, 'jest/bin/jest.js'), '--rootDir', folder];
  const { stderr } = await run(folder, process.execPath, '--experimental-vm-modules', ...jest);
  expect(stderr).toContain('1 passed');
  await expect(run(folder, process.execPath, ...jest)).rejects.toThrow('FAIL');
}, 60_000);

test('publint has nothing to say', async () => {
  const bin = join(tools, 'publint/src/cli.js');
  const { stdout } = await run(dir, process.execPath, bin, 'run', packed.filename, '--strict');
  expect(stdout).toContain('All good!');
}, 60_000);

test('are the types wrong? no', async () => {
  const bin = join(tools, '@arethetypeswrong/cli/dist/index.js');
  const { stdout } = await run(dir, process.execPath, bin, packed.filename, '--profile', 'esm-only');
  expect(stdout).toContain('"tslxd/testing"'); // its exit code says the rest
}, 60_000);
