import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundle } from '../support/bundle.js';

const folder = fileURLToPath(new URL('../../examples/', import.meta.url));

/** What each example prints when it did what it shows. */
export const shows: Record<string, RegExp> = {
  'backup.ts':
    /written: true true\nleft on the server: \[\]\nkept\n \[ 'first' \]\nkept: \[ 'nightly' \] true\n/,
  'conflicts.ts':
    /conflict at config › user\.colour: .*mine: 'green'.*\n.*bob insists: green\nthe larger count: 5\n/s,
  'copy.ts':
    /twin: 2 twin false\nits snapshots: \[ 'before' \]\nold: 1\nthird: of no snapshots \[\]\nfourth: true\n/,
  'create-and-start.ts':
    /^started: Instance\('.*' Running\)$.*^running with user\.role web: ours$.*^frozen: Frozen$.*^restarted: Running$/ms,
  'demo.ts':
    /^12\. Delete all that was made .*^All done, and nothing is left behind\. \(12 steps, \d+ requests/ms,
  'ensure.ts': /(as wanted, 1\n){2}as wanted, 2\n(as wanted, 3\n){2}with what the profile adds: 256MiB\n/,
  'errors.ts':
    /save: instance\.config\["limits\.cpu"\] must be a string.*create: ERR_LXD_ALREADY_EXISTS\n.*deleted: ERR_LXD_DELETED\n/s,
  'exporter.ts': /instance_up\{name=".*",project="default"\} 1\ninstance_memory_bytes\{.*\} \d+\n/,
  'lab.ts':
    /^first time: written\nrunning: \[ 'cache', 'db', 'web' \]\nsecond time: nothing written\nrunning: \[ 'cache', 'db', 'web' \]\nstopped: 3 failed: 0\n/m,
  'instances-table.ts': /'container'.*'Running'.*'before'.*^stopped: Stopped$/ms,
  'events.ts': /instance-created\n.*watch: added Stopped\n.*watch: changed Stopped\n.*all heard\n/s,
  'exec.ts':
    /kernel: Linux\ncounted: 5\nshell: two\nfailed with 1\nnot found is 127\nline: a\nline: b\nTimeoutError\nto and fro\nended by SIGTERM\n/,
  'files.ts':
    /<h1>Hello<\/h1>\n\n\[ 'index.html', 'start' \] 15\n.*1 file, 1 link\n<h1>Hello<\/h1>\n\n\.: ConflictError\n/s,
  'fetch-modify-save.ts': /dirty: config\..*saved; dirty: false\n.*the server has ada 2 undefined\n/s,
  'images.ts':
    /its alias: true release 2\nthe same again: true 100 %\nnow it means the newer one: true\na container of it: Stopped\n/,
  'projects.ts':
    /in it: \[ 'one', 'two' \]\ncontainers: 2 of 2\nmemory: 512 of 1024 MiB\nno third one: ERR_LXD_SERVER\nin it now: 3\na typo: ERR_LXD_NOT_FOUND\nnot while anything is in it: ERR_LXD_IN_USE\ngone: true\n/,
  'networks.ts':
    /rule: 80 203\.0\.113\.0\/24\nrule: 443 from anywhere\nforwarded: 80 to the same\nforwarded: 8443 to 443\ngateway: true mtu: 1500\nused by: 1\nthe host has: true\ndeleted: ERR_LXD_IN_USE\n/,
  'volumes.ts':
    /used by: 1\nrestored: of the new shop true\nwritten: true \[\]\nagain: from the backup shop \[ 'forever', 'monday' \]\nstill attached: InUseError\n/,
  'progress-bar.ts': /published 64 characters\n/,
  'shell.ts': /exit 3.*the shell ended with 3\n/s,
  'own-model.ts': /ada has version 2, before 1\ntrue ada\n/,
  'save-many.ts': /saved 4, unchanged 2\n.*saved 5, failed 1\n.*not found \(404\)\n/s,
  'snapshots.ts':
    /restored: user\.version is 1\nof this instance: \[ 'keep' \]\namong all: true\nleft: \[\]\n/,
  'test-with-the-fake.ts': /^\S pass 3$\n^\S fail 0$/m,
  'trust.ts':
    /first run: trusted\nknown: \[ 'prod' \]\nsecond run: trusted\nmay be in: \[ 'default' \]\nagain: ERR_LXD_TRUST_TOKEN\ngone: true\n/,
  'typed-request.ts': /state: Stopped\n.*snapshot: Success\nrefused: ERR_LXD_PRECONDITION_FAILED\n/s,
  'watch-an-operation.ts':
    /status: Running\n.*status: Success\nended: Stopped\nstarted: Running\ngave up: ERR_LXD_TIMEOUT\n/s,
};

/** What the examples that ask for it are given to read. */
export const typed: Record<string, string> = { 'shell.ts': 'exit 3\n' };

/** The example that needs more than a socket. */
export const remote = 'remote-https.ts';

/** The example that needs an image server, and nothing else: simplestreams.spec.ts has one. */
export const imageServer = 'simplestreams.ts';

/** The example for two servers, and what it prints. */
export const secondServer = {
  name: 'migrate.ts',
  shows:
    /copied: twin Hello from here\nits snapshots: \[ 'before' \]\ntaken: true true\nmoved: Running Hello from here\nhere any more: false\n/,
};

/** Every example that is there. */
export const examples = readdirSync(folder).filter((name) => name.endsWith('.ts'));

export interface Run {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** At most so many at a time: each is a process that compiles what it imports. */
const atOnce = 3;
let running = 0;
const waiting: (() => void)[] = [];

let bundled: ReturnType<typeof bundle> | undefined;

// Of every file that imports this one, since jest gives each its own.
afterAll(async () => (await bundled)?.remove());

export interface RunOptions {
  onStdout?: (text: string, pid: number) => void;
  /** As `npx tsx` runs it, instead of compiled before. */
  tsx?: boolean;
}

/** An example as JavaScript. */
export async function compiled(name: string): Promise<string> {
  const { folder: at } = await (bundled ??= bundle(examples.map((example) => `${folder}${example}`)));
  return `${at}/${name.replace(/ts$/, 'mjs')}`;
}

/** Runs an example, with no server in its environment but those in `env`. */
export async function runExample(
  name: string,
  env: Record<string, string>,
  { onStdout, tsx = false }: RunOptions = {},
): Promise<Run> {
  const command = tsx ? ['--import', 'tsx', `${folder}${name}`] : [await compiled(name)];
  while (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  running++;
  try {
    return await run(command, { ...withoutServers(), ...env }, typed[name], onStdout);
  } finally {
    running--;
    waiting.shift()?.();
  }
}

function run(
  command: string[],
  env: NodeJS.ProcessEnv,
  input: string | undefined,
  onStdout?: (text: string, pid: number) => void,
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, { env, cwd: folder, timeout: 60_000 });
    child.stdin.end(input);
    const out = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (chunk: string) => {
        out[stream] += chunk;
        if (stream === 'stdout') onStdout?.(out.stdout, child.pid!);
      });
    }
    child.on('error', reject).on('close', (exitCode) => resolve({ exitCode, ...out }));
  });
}

/** This process's environment, less what names servers. */
export function withoutServers(): NodeJS.ProcessEnv {
  const ours = /^(LXD|INCUS|TSLXD)_/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}
