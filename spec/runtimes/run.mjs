// Tells a story of fifteen steps on Bun and Deno, with the built package and a fake server that runs in Node.js:
// `npm run test:runtimes [-- bun]`. Neither is promised; what works today shall go on working.
// Both come from npm, into node_modules/.cache; where they cannot be installed, that is said and nothing else is tried.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const cache = join(root, 'node_modules/.cache/runtimes');
const wanted = process.argv.slice(2);

/** Where each has its binary, and how it runs a file. */
const runtimes = [
  { name: 'node', binary: async () => process.execPath, command: [] },
  { name: 'bun', binary: () => installed('bun', /^@oven\/bun-[^/]+\/bin\/bun(\.exe)?$/), command: ['run'] },
  {
    name: 'deno',
    binary: () => installed('deno', /^@deno\/[^/]+\/deno(\.exe)?$/),
    command: ['run', '--allow-all', '--no-lock', '--node-modules-dir=manual'],
  },
].filter(({ name }) => wanted.length === 0 || wanted.includes(name));

function run(file, parameters, options = {}) {
  return new Promise((done, fail) => {
    const child = spawn(file, parameters, { cwd: root, stdio: 'inherit', ...options });
    child.on('error', fail);
    child.on('exit', (code) => done(code ?? 1));
  });
}

/** The binary in the newest package of this name; undefined where npm cannot install it. */
async function installed(name, pattern) {
  const prefix = join(cache, name);
  await mkdir(prefix, { recursive: true });
  await writeFile(join(prefix, 'package.json'), '{ "private": true }\n');
  const flags = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const code = await run('npm', ['install', ...flags, '--prefix', prefix, name]);
  if (code !== 0) return undefined;
  const modules = join(prefix, 'node_modules');
  const path = (await readdir(modules, { recursive: true })).find((file) => pattern.test(file));
  return path && join(modules, path);
}

/** The package as it is shipped, where `import 'tslxd'` of the story finds it, and with it what it depends on. */
async function build() {
  // Outside of this repository, whose own package.json Deno would prefer.
  const folder = await mkdtemp(join(tmpdir(), 'tslxd-story-'));
  const shipped = join(folder, 'node_modules/tslxd');
  const tsc = join(root, 'node_modules/typescript-7/bin/tsc');
  const code = await run(process.execPath, [
    tsc,
    '-p',
    'lib/tsconfig.json',
    '--outDir',
    join(shipped, 'dist'),
  ]);
  if (code !== 0) throw new Error('the package could not be built');
  await cp(join(root, 'package.json'), join(shipped, 'package.json'));
  const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    const link = join(folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, 'node_modules', name), link);
  }
  for (const file of ['fake.mjs', 'story.mjs']) await cp(join(here, file), join(folder, file));
  return folder;
}

const folder = await build();
const results = [];
for (const { name, binary, command } of runtimes) {
  const path = await binary();
  if (path === undefined) {
    results.push(`${name}: skipped, since npm could not install it here`);
    continue;
  }
  const fake = spawn(process.execPath, [join(folder, 'fake.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [socket] = await once(createInterface({ input: fake.stdout }), 'line');
  // A program that does not end by itself is a fault too.
  const code = await run(path, [...command, join(folder, 'story.mjs'), socket], { timeout: 120_000 });
  fake.stdin.end();
  results.push(`${name}: ${code === 0 ? 'passed' : `FAILED (${code})`}`);
  if (code !== 0) process.exitCode = 1;
}
await rm(folder, { recursive: true });
console.log(`\n${results.join('\n')}`);
