import type { Readable } from 'node:stream';
import { InvalidInputError } from '../errors/index.js';
import {
  assertWaiting,
  Operation,
  startedBy,
  startNames,
  type OperationData,
  type StartOptions,
} from '../operations/index.js';
import { fillPath, type Query } from '../rest/endpoints/index.js';
import type { Scope, Session } from '../rest/session.js';

interface GivenOptions extends StartOptions {
  query?: Query;
  body?: unknown;
  headers?: Record<string, string>;
  project?: string;
  target?: string;
  ifMatch?: string;
}

const optionNames: Record<keyof GivenOptions, true> = {
  ...(startNames as Record<keyof StartOptions, true>),
  query: true,
  body: true,
  headers: true,
  project: true,
  target: true,
  ifMatch: true,
};

/** Paths whose good answer is not an envelope but a file or a text. */
const raw = /\/(export|files|metrics|console|templates|logs\/[^/]+|log|debug\/memory)$/;

/**
 * `client.request()`: fills the path, opens the envelope and waits for an operation. Resolves with the metadata of a
 * synchronous answer, with the finished operation's description of an asynchronous one, with the running operation where
 * it stands for a token (which nobody may ever use), and with a stream of what is no JSON.
 */
export async function requestEndpoint(
  session: Session,
  method: string,
  path: string,
  given: object = {},
): Promise<unknown> {
  if (typeof method !== 'string' || method === '')
    throw new InvalidInputError("client.request(): the method must be a string such as 'GET'");
  if (typeof path !== 'string' || !path.startsWith('/'))
    throw new InvalidInputError(`client.request(): the path ${JSON.stringify(path)} must begin with /1.0`);
  const params = paramsIn(path, given);
  const {
    query,
    body,
    headers,
    ifMatch,
    project,
    target,
    wait = session.autoWait,
    ...waiting
  } = given as GivenOptions;
  const { signal, timeout, onProgress, cancelOnAbort } = waiting;
  assertWaiting(waiting);
  const scope = scopeOf(project, target);
  const scoped = scope ? session.derive(scope) : session;
  const request = { method, path: fillPath(path, params), query, body, headers, ifMatch, signal, timeout };
  if (method === 'GET' && raw.test(path)) return readRaw(scoped, request);
  const begun = performance.now();
  const answer = await scoped.send(request);
  if (answer.type === 'sync') return method !== 'GET' && isEmpty(answer.metadata) ? null : answer.metadata;
  const source = startedBy(request, answer, begun);
  const operation = new Operation<OperationData>(scoped, source, (ended) => ended).attach({ waited: wait });
  if (!wait || operation.isToken) return operation;
  const ended = await operation.wait({ signal, timeout, onProgress, cancelOnAbort });
  await session.connection.changing; // who has formed a cluster knows its certificate then
  return ended;
}

/** The path's parameters among the options. @throws InvalidInputError for options that nothing would read */
function paramsIn(path: string, given: unknown): Record<string, unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new InvalidInputError('client.request(): the options must be an object');
  const names = [...path.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
  for (const name of Object.keys(given)) {
    if (names.includes(name) || Object.hasOwn(optionNames, name)) continue;
    const known = [...names, ...Object.keys(optionNames)].sort().join(', ');
    throw new InvalidInputError(
      `client.request(): unknown option '${name}'; known options: ${known}; what is to be sent goes into 'body'`,
    );
  }
  return Object.fromEntries(names.map((name) => [name, (given as Record<string, unknown>)[name]]));
}

/** Both servers answer a write that has nothing to tell with `{}`, where their documentation says nothing. */
function isEmpty(metadata: unknown): boolean {
  return typeof metadata === 'object' && metadata !== null && Object.keys(metadata).length === 0;
}

async function readRaw(session: Session, request: Parameters<Session['stream']>[0]): Promise<Readable> {
  const { body } = await session.stream(request);
  return body;
}

function scopeOf(project: string | undefined, target: string | undefined): Scope | undefined {
  for (const [name, value] of Object.entries({ project, target })) {
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      throw new InvalidInputError(`client.request(): ${name} must be a non-empty string`);
  }
  if (project === undefined && target === undefined) return undefined;
  return { ...(project === undefined ? {} : { project }), ...(target === undefined ? {} : { target }) };
}
