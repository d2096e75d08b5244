import { Readable } from 'node:stream';
import { InvalidInputError } from '../errors/index.js';
import { buildQuery, type Query } from './endpoints/path.js';
import type { Place } from './session.js';
import type { TransportBody } from './transport.js';

/** The scope's project and member, unless the path or the caller names them; "all projects" and a project exclude each other. */
export function withQuery(request: { path: string; query?: Query | undefined }, scope: Place): string {
  if (!request.query && scope.project === undefined && scope.target === undefined) return request.path;
  const query: Query = { ...request.query };
  const given = new URLSearchParams(request.path.split('?')[1]);
  const all = isTrue(query['all-projects']) || isTrue(given.get('all-projects'));
  if (!all && scope.project !== undefined && !given.has('project')) query.project ??= scope.project;
  if (scope.target !== undefined && !given.has('target')) query.target ??= scope.target;
  const added = buildQuery(query);
  if (!added) return request.path;
  return request.path + (request.path.includes('?') ? '&' : '?') + added;
}

/** As the servers read it. */
function isTrue(value: unknown): boolean {
  return /^(true|1|yes|on)$/i.test(String(value));
}

export function encodeBody(body: unknown): { body?: TransportBody; headers?: Record<string, string> } {
  if (body === undefined) return {};
  if (isRaw(body)) return { body: rawBody(body), headers: { 'content-type': 'application/octet-stream' } };
  try {
    return { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  } catch (cause) {
    throw new InvalidInputError(`The body is no JSON: ${(cause as Error).message}`, cause);
  }
}

type RawBody = Uint8Array | AsyncIterable<Uint8Array>;

export function isRaw(body: unknown): body is RawBody {
  if (typeof body !== 'object' || body === null) return false;
  return body instanceof Uint8Array || Symbol.asyncIterator in body;
}

function rawBody(body: RawBody): RawBody {
  if (!(body instanceof Readable) || body.readable || body.errored) return body; // its error is told where it is sent
  throw new InvalidInputError('The body is a stream that was read or destroyed before; pass a new one');
}
