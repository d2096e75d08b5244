import type { FileSystem } from '../../files/file-system.js';
import { PassThrough } from 'node:stream';
import { Process, type ProcessSpec } from '../../exec/process.js';
import { runCommand } from '../../exec/run.js';
import { ExecSession } from '../../exec/session.js';
import type { Sink } from '../../exec/sink.js';
import { filesOf } from './state/files.js';
import type { Call } from '../../http/call.js';
import type { Shape } from '../../http/decode.js';
import { started } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { expandedConfig } from './state/expand.js';
import { dict, sorted, type StringMap } from '../../state/maps.js';
import type { Operation } from '../../state/operation.js';
import { Refusal } from '../../state/refusal.js';
import { assertRunning, findInstance, type Found } from './find.js';
import { quirks } from './quirks.js';
import { instanceResources } from './resources.js';
import { runtimeOf } from './state/runtime.js';

interface ExecBody {
  command: string[];
  'wait-for-websocket': boolean;
  interactive: boolean;
  environment: StringMap;
  width: number;
  height: number;
  'record-output': boolean;
  user: number;
  group: number;
  cwd: string;
}

const post: Shape = {
  type: 'InstanceExecPost',
  fields: {
    command: 'strings',
    'wait-for-websocket': 'bool',
    interactive: 'bool',
    environment: 'map',
    width: 'int',
    height: 'int',
    'record-output': 'bool',
    user: 'uint32',
    group: 'uint32',
    cwd: 'string',
  },
};

/** How long the servers wait for the sockets of a command, in ms. */
const patience = 5000;

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** POST: runs a command, at once or when its sockets are there. */
async function exec(call: Call): Promise<Response> {
  const body = await call.wholeBody<ExecBody>(post);
  const found = findInstance(call);
  assertRunning(found.instance);
  const { 'wait-for-websocket': overWebsockets = false, 'record-output': recorded = false } = body;
  // LXD overlooks that the output of these cannot be recorded.
  if (call.product.name === 'incus' && recorded) {
    const other = overWebsockets ? '"wait-for-websocket"' : '"record-output"';
    const first = overWebsockets ? '"record-output"' : '"interactive"';
    if (overWebsockets || body.interactive)
      throw new Refusal(400, `Cannot use ${first} in combination with ${other}`);
  }
  const spec = specOf(call, found, body);
  const operation = overWebsockets
    ? connected(call, found, spec, body)
    : detached(call, found, spec, recorded);
  const { command } = spec;
  call.state.lifecycle(found.project.name, 'instance-exec', ['instances', found.instance.name], { command });
  return started(operation);
}

/** Both servers run in `/` what is to run in a folder that is not there. */
function folderOf(files: FileSystem, path: string): string {
  try {
    return files.stat(path).type === 'directory' ? path : '/';
  } catch {
    return '/';
  }
}

function specOf(call: Call, { project, instance }: Found, body: Partial<ExecBody>): ProcessSpec {
  const config = expandedConfig(project, instance);
  const { user = 0, group = 0 } = body;
  const environment = dict<string>({ PATH: searchPath });
  for (const key of Object.keys(config)) {
    if (key.startsWith('environment.')) environment[key.slice('environment.'.length)] = config[key] ?? '';
  }
  Object.assign(environment, body.environment);
  const added = { LANG: 'C.UTF-8', ...(user === 0 && { HOME: '/root', USER: 'root' }) };
  for (const [name, value] of Object.entries(added)) environment[name] ??= value;
  return {
    ...{ instance: instance.name, project: project.name, command: body.command ?? [], user, group },
    environment: sorted(environment),
    cwd: folderOf(filesOf(instance), body.cwd || (environment.HOME ?? '/')),
    ...(instance.type === 'container' && { runtime: { container: 'lxc' } }),
    interactive: body['wait-for-websocket'] === true && body.interactive === true,
    files: filesOf(instance),
    clock: call.state.clock,
    chance: call.state.chance,
    show: async (bytes) => instance.console?.show(bytes),
  };
}

/** Ends an operation with what became of its command. */
class Outcome {
  code = -1;
  refusal: Refusal | undefined;
  more: Record<string, unknown> = {};

  readonly run = (operation: Operation): void => {
    if (this.refusal) throw this.refusal;
    operation.update({ ...this.more, return: this.code });
    if (this.code === 126) throw new Refusal(400, 'Command not executable');
    if (this.code === 127) throw new Refusal(400, 'Command not found');
  };
}

function connected(call: Call, found: Found, spec: ProcessSpec, body: Partial<ExecBody>): Operation {
  const { state } = call;
  const outcome = new Outcome();
  const session = new ExecSession(spec, () => {
    void attend(call, found, session.process, async (code) => {
      await session.finish();
      outcome.code = code;
      operation.finish();
    });
  });
  const { width = 0, height = 0 } = body;
  if (width > 0 && height > 0) session.process.window.size = { columns: width, rows: height };
  const { command, environment, interactive } = spec;
  const operation = state.operations.start({
    ...describe(call, found),
    class: 'websocket',
    metadata: { command, environment, fds: session.fds, interactive },
    time: Infinity,
    run: outcome.run,
    connect: (secret) => session.acceptor(secret),
  });
  const callOff = state.clock.after(patience, () => {
    if (session.begun) return;
    outcome.refusal = new Refusal(500, 'Timed out waiting for websockets to connect');
    operation.finish();
  });
  operation.whenFinal(() => {
    callOff();
    session.close();
  });
  return operation;
}

function detached(call: Call, found: Found, spec: ProcessSpec, recorded: boolean): Operation {
  const outcome = new Outcome();
  const kept: Buffer[][] = [[], []];
  const keep =
    (index: number): Sink =>
    async (bytes) => {
      if (recorded) kept[index]?.push(bytes);
      return Promise.resolve();
    };
  const nothing = new PassThrough().end();
  const process = new Process(spec, nothing, keep(0), keep(1));
  const run = { time: Infinity, run: outcome.run };
  const operation = call.state.operations.start({ ...describe(call, found), ...run });
  operation.whenFinal(() => process.kill(9));
  // The answer comes first.
  setImmediate(() => {
    void attend(call, found, process, (code) => {
      outcome.code = code;
      if (recorded) outcome.more = { output: record(call, found, operation, kept) };
      operation.finish();
      return Promise.resolve();
    });
  });
  return operation;
}

/** Runs it; it is killed with its instance. */
async function attend(
  { state }: Call,
  { instance }: Found,
  process: Process,
  ended: (code: number) => Promise<void>,
): Promise<void> {
  const { processes, execHandlers } = runtimeOf(state);
  const kill = (): void => process.kill(9);
  processes.add(instance, kill);
  const code = await process.run(async (running) => runCommand(running, execHandlers)).catch(() => 1);
  processes.delete(instance, kill);
  await ended(code);
}

function describe({ product }: Call, { project, instance: { name, type } }: Found) {
  const resources = instanceResources(product, project.name, [name], type);
  // Incus names a container twice, by the same URL.
  const twice = product.name === 'incus' && type === 'container' && { containers: resources.instances ?? [] };
  return {
    project: project.name,
    description: 'Executing command',
    resources: { ...twice, ...resources },
  };
}

/** Keeps what was written as log files, and says where. */
function record(
  call: Call,
  { instance }: Found,
  { id }: Operation,
  kept: readonly Buffer[][],
): Record<string, string> {
  const { recordFolder } = quirks[call.product.name];
  const urls = ['stdout', 'stderr'].map((name, index) => {
    const file = `${recordFolder}exec_${id}.${name}`;
    instance.logs ??= new Map();
    instance.logs.set(file, { data: Buffer.concat(kept[index] ?? []), modified: call.state.clock.now() });
    return [String(index + 1), `/1.0/instances/${instance.name}/logs/${file}`];
  });
  return Object.fromEntries(urls) as Record<string, string>;
}

/** Commands in an instance, below one of the paths that name it. */
export function execRoutes(path: string): Route[] {
  return [{ path: `${path}/{name}/exec`, POST: exec }];
}
