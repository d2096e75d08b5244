import type { Readable } from 'node:stream';
import { InvalidInputError } from '../errors/index.js';
import { isOperationData, Operation, type OperationData, type StartOptions } from '../operations/index.js';
import { fillPath, type Query } from '../rest/endpoints/index.js';
import type { Session } from '../rest/session.js';

interface GivenOptions extends StartOptions {
  query?: Query;
  body?: unknown;
  headers?: Record<string, string>;
  project?: string;
  target?: string;
  ifMatch?: string;
}

/** Paths whose good answer is not an envelope but a file or a text. */
const raw = /\/(export|files|metrics|console|templates|logs\/[^/]+|log|debug\/memory)$/;

/**
 * `client.request()`: fills the path, opens the envelope and waits for an operation. Resolves with the metadata of a
 * synchronous answer, with the finished operation's description of an asynchronous one, with a stream of what is no JSON.
 */
export async function requestEndpoint(
  session: Session,
  method: string,
  path: string,
  given: object = {},
): Promise<unknown> {
  if (!path.startsWith('/'))
    throw new InvalidInputError(`client.request(): the path ${JSON.stringify(path)} must begin with /1.0`);
  const { query, body, headers, ifMatch, project, target, wait = true, ...rest } = given as GivenOptions;
  const { signal, timeout, onProgress, cancelOnAbort, ...params } = rest;
  const scoped =
    project === undefined && target === undefined ? session : session.derive(scopeOf(project, target));
  const request = { method, path: fillPath(path, params), query, body, headers, ifMatch, signal, timeout };
  if (method === 'GET' && raw.test(path)) return readRaw(scoped, request);
  const begun = performance.now();
  const answer = await scoped.send(request);
  if (answer.type === 'sync') return method !== 'GET' && isEmpty(answer.metadata) ? null : answer.metadata;
  const data = isOperationData(answer.metadata) ? answer.metadata : undefined;
  const source = { url: answer.operation ?? '', data, begun, asked: { method, path: request.path } };
  const operation = new Operation<OperationData>(scoped, source, (ended) => ended).attach({ waited: wait });
  return wait ? operation.wait({ signal, timeout, onProgress, cancelOnAbort }) : operation;
}

/** Both servers answer a write that has nothing to tell with `{}`, where their documentation says nothing. */
function isEmpty(metadata: unknown): boolean {
  return typeof metadata === 'object' && metadata !== null && Object.keys(metadata).length === 0;
}

async function readRaw(session: Session, request: Parameters<Session['stream']>[0]): Promise<Readable> {
  const { body } = await session.stream(request);
  return body;
}

function scopeOf(project: string | undefined, target: string | undefined) {
  return { ...(project === undefined ? {} : { project }), ...(target === undefined ? {} : { target }) };
}
