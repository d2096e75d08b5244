import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';

interface Packed {
  filename: string;
  size: number;
  unpackedSize: number;
  files: { path: string; size: number }[];
}

const root = join(import.meta.dirname, '../..');
const tools = join(root, 'node_modules');
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
  const { stdout } = await run(
    copy,
    'npm',
    'pack',
    '--json',
    '--loglevel=error',
    `--pack-destination=${dir}`,
  );
  // Older versions of npm print what `prepack` prints in front of their JSON.
  [packed] = JSON.parse(stdout.slice(stdout.search(/^\[/m))) as [Packed];

  consumer = join(dir, 'consumer');
  await cp(join(import.meta.dirname, 'fixtures/consumer'), consumer, { recursive: true });
  const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const types = `@types/node@${devDependencies['@types/node']!}`;
  const quick = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await run(consumer, 'npm', 'install', ...quick, join(dir, packed.filename), types);
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

test('a strict consumer compiles, with the declarations of all dependencies checked', async () => {
  await run(consumer, process.execPath, join(tools, 'typescript/bin/tsc'), '-p', '.');
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
