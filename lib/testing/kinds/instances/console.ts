import type { ConsoleSpec } from '../../console/attached.js';
import { TextSession } from '../../console/text-session.js';
import { VgaSession } from '../../console/vga-session.js';
import { Window } from '../../exec/window.js';
import type { Call } from '../../http/call.js';
import type { Shape } from '../../http/decode.js';
import { started } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { Refusal } from '../../state/refusal.js';
import { consoleLogHandlers } from './console-log.js';
import { assertRunning, findInstance, type Found } from './find.js';
import { instanceResources } from './resources.js';

const quirks = {
  lxd: {
    /** Is the type of console looked at before the instance is looked for? */
    checksTypeFirst: false,
    mayCancel: false,
    /** How the operation fails if the control socket is not the first to go; `null` where that is an end like another. */
    failure: 'write /dev/pts/ptmx: file already closed',
  },
  incus: { checksTypeFirst: true, mayCancel: true, failure: null },
};

interface ConsoleBody {
  type: string;
  width: number;
  height: number;
  force: boolean;
}

const description = 'Showing console';

/** By the type of console. */
const sessions = new Map<string, typeof TextSession | typeof VgaSession>([
  ['console', TextSession],
  ['vga', VgaSession],
]);

function shapeOf({ product }: Call): Shape {
  const force = product.extensions.includes('console_force') && { force: 'bool' as const };
  return {
    type: 'InstanceConsolePost',
    fields: { type: 'string', width: 'int', height: 'int', ...force },
  };
}

/** POST: an operation over whose sockets the console is seen and typed on. */
async function attach(call: Call): Promise<Response> {
  const { product, state } = call;
  const { type: asked, width = 0, height = 0, force } = await call.wholeBody<ConsoleBody>(shapeOf(call));
  const { checksTypeFirst, mayCancel, failure } = quirks[product.name];
  const type = asked || 'console';
  if (checksTypeFirst) sessionOf(type);
  const found = findInstance(call);
  const Session = sessionOf(type);
  const { project, instance } = found;
  if (type === 'vga' && instance.type !== 'virtual-machine')
    throw new Refusal(400, 'VGA console is only supported by virtual machines');
  assertRunning(instance);
  const resources = instanceResources(product, project.name, [instance.name], instance.type);
  if (product.extensions.includes('console_force')) takeOver(call, found, resources, force);
  const window = new Window();
  if (width > 0 && height > 0) window.size = { columns: width, rows: height };
  const spec: ConsoleSpec = { state, project, instance, window };
  let isFailure = false;
  const session = new Session(spec, (inOrder) => {
    isFailure = !inOrder;
    operation.finish();
  });
  const operation = state.operations.start({
    project: project.name,
    ...{ description, resources, mayCancel },
    class: 'websocket',
    metadata: { fds: session.fds },
    time: Infinity,
    run() {
      if (isFailure && failure !== null) throw new Refusal(500, failure);
    },
    connect: (secret) => session.acceptor(secret),
  });
  operation.signal.addEventListener('abort', () => session.close());
  return started(operation);
}

function sessionOf(type: string): typeof TextSession | typeof VgaSession {
  const Session = sessions.get(type);
  if (Session) return Session;
  throw new Refusal(400, `Unknown console type ${JSON.stringify(type)}`);
}

/** Incus has one console of an instance at a time: another has to wait, or to end it. */
function takeOver(
  { state }: Call,
  { project }: Found,
  resources: Record<string, string[]>,
  force = false,
): void {
  const open = state.operations
    .list(project.name)
    .filter(({ spec, isFinal }) => !isFinal && spec.description === description)
    .filter(({ spec }) => spec.resources?.instances?.[0] === resources.instances?.[0]);
  if (open.length > 0 && !force)
    throw new Refusal(500, 'This console is already connected. Force is required to take it over.');
  for (const { id } of open) state.operations.cancel(id);
}

/** The console of an instance, below one of the paths that name it. */
export function consoleRoutes(path: string): Route[] {
  return [{ path: `${path}/{name}/console`, POST: attach, ...consoleLogHandlers }];
}
