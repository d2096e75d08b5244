import { STATUS_CODES } from 'node:http';
import { failure } from '../http/reply.js';
import type { Clock } from '../state/clock.js';
import { failingOperations } from '../state/operation-engine.js';
import type { Fault } from './fault.js';

/** The answer to a request that meets this fault; `answer` is what it would get otherwise. */
export async function withFault(
  fault: Fault,
  request: Request,
  clock: Clock,
  answer: () => Promise<Response>,
): Promise<Response> {
  if ('status' in fault) {
    const { status, error = STATUS_CODES[status] ?? 'Error' } = fault;
    return failure(status, error);
  }
  if ('drop' in fault) {
    if (fault.drop === 'after') await answer();
    return Response.error();
  }
  if ('cut' in fault) return cut(await answer(), fault.cut);
  if ('operation' in fault) {
    const { operation: error, percent } = fault;
    return failingOperations.run({ error, percent }, answer);
  }
  const response = await answer();
  return (await stall(fault.stall, request.signal, clock)) ? response : Response.error();
}

/** The same answer, whose body breaks off. */
async function cut(response: Response, part: number): Promise<Response> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const sent = bytes.subarray(0, Math.floor(bytes.length * part));
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (sent.length > 0) controller.enqueue(sent);
    },
    pull(controller) {
      controller.error(new Error('This answer is cut'));
    },
  });
  return new Response(body, { status: response.status, headers: response.headers });
}

/** Whether the time came before the client went. */
function stall(ms: number, signal: AbortSignal, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const callOff = ms === Infinity ? undefined : clock.after(ms, () => resolve(true));
    const gone = (): void => {
      callOff?.();
      resolve(false);
    };
    if (signal.aborted) gone();
    signal.addEventListener('abort', gone, { once: true });
  });
}
