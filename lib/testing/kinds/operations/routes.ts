import type { Call } from '../../http/call.js';
import { flag, projectNames, recursionOf } from '../../http/collection.js';
import { done, failureText, operationUrl, plain, sync, syncText } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import type { Operation } from '../../state/operation.js';
import { Refusal } from '../../state/refusal.js';

/** What is said of the cancelling of an operation of a project that is not for who asks. */
const denied = {
  lxd: () => 'not authorized',
  incus: (project: string) => `User does not have permission for project "${project}"`,
};

const noSecret = { lxd: 'missing secret', incus: 'Missing websocket secret' };

function list(call: Call): Response {
  const byStatus: Record<string, unknown[]> = {};
  const isOfAll = flag(call, 'all-projects') && !call.target.query.has('project');
  const names = isOfAll ? call.state.projects.keys() : projectNames(call);
  const all = [...names].flatMap((name) => call.state.operations.list(name));
  for (const operation of all.filter((one) => isShown(call, one))) {
    const url = operationUrl(operation);
    const status = operation.statusName.toLowerCase();
    (byStatus[status] ??= []).push(recursionOf(call) > 0 ? operation : url);
  }
  return sync(byStatus);
}

/** Is it for who asks? LXD shows those of other projects that are about nothing, such as tokens. */
function isShown({ caller, product }: Call, { spec }: Operation): boolean {
  return caller.projects?.includes(spec.project) !== false || (product.name === 'lxd' && !spec.resources);
}

function find(call: Call): Operation {
  return call.state.operations.get(call.param('id'));
}

/** Milliseconds, or `undefined` for ever. */
function timeoutOf(call: Call): number | undefined {
  const text = call.target.query.get('timeout');
  if (!text) return undefined;
  if (!/^[+-]?\d+$/.test(text)) {
    throw new Refusal(500, `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text) < 0 ? undefined : Number(text) * 1000;
}

/** Resolves when the operation has ended, the time is over, or the client has gone. */
function ended(call: Call, operation: Operation, timeout: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const { signal } = call.request;
    const finish = (): void => {
      forget();
      callOff?.();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const callOff = timeout === undefined ? undefined : call.state.clock.after(timeout, finish);
    signal.addEventListener('abort', finish);
    let forget = (): void => {};
    forget = operation.whenFinal(finish);
  });
}

/** Incus answers in the body what LXD would say in the status: the headers are long gone. */
function incusOutcome(operation: Operation): string {
  if (!operation.isFinal) return failureText(500, 'context deadline exceeded');
  return operation.error ? failureText(operation.errorCode, operation.error) : syncText(operation);
}

async function wait(call: Call): Promise<Response> {
  const secret = call.target.query.get('secret');
  if (!secret && !call.trusted) throw new Refusal(403, 'not authorized');
  const timeout = timeoutOf(call);
  const operation = find(call);
  const knows = operation.metadata?.secret === secret;
  if (!knows && secret) throw new Refusal(403, 'not authorized');
  const end = ended(call, operation, timeout);
  if (call.product.name === 'lxd') {
    await end;
    return sync(operation);
  }
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      await end;
      controller.enqueue(new TextEncoder().encode(incusOutcome(operation)));
      controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}

/** What is no request for a websocket. */
function connect({ target, product }: Call): Response {
  if (!target.query.get('secret')) throw new Refusal(400, noSecret[product.name]);
  return plain(400, 'Bad Request\n');
}

function cancel(call: Call): Response {
  const { project, resources } = find(call).spec;
  const isAbout = Object.keys(resources ?? {}).length > 0;
  if (isAbout && call.caller.projects?.includes(project) === false)
    throw new Refusal(403, denied[call.product.name](project));
  const operation = call.state.operations.cancel(call.param('id'));
  call.state.lifecycle(project, 'operation-cancelled', ['operations', operation.id]);
  return done();
}

/** Operations. */
export const operationRoutes: Route[] = [
  { path: '/1.0/operations', GET: list },
  { path: '/1.0/operations/{id}', GET: (call) => sync(find(call)), DELETE: cancel },
  { path: '/1.0/operations/{id}/wait', guests: true, GET: wait },
  // Over a websocket only, as events.
  { path: '/1.0/operations/{id}/websocket', guests: true, GET: connect },
];
