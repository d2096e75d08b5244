import type { Call } from './call.js';
import { oldestPaths } from '../../rest/endpoints/dialects.generated.js';
import { failure, noSuchMethod } from './reply.js';

/** Answers one request. */
export type Handler = (call: Call) => Response | Promise<Response>;

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/**
 * One path and what answers there; `{name}` is one segment of it, `{name*}` all that are left. `guests` are those whom
 * the server does not trust: they may do this, or just look. Without `extension`, the server has no such path.
 */
export type Route = { path: string; guests?: boolean | readonly string[]; extension?: string } & Partial<
  Record<(typeof methods)[number], Handler>
>;

interface Compiled {
  route: Route;
  pattern: string[];
}

/** Finds the handler of a request, and says no as the servers do where there is none. */
export class Router {
  readonly #routes: Compiled[];
  readonly #guard: (call: Call, handler: Handler) => ReturnType<Handler>;

  constructor(
    routes: readonly Route[],
    /** Stands before every handler: it may refuse a request, and change an answer. */
    guard: (call: Call, handler: Handler) => ReturnType<Handler> = (call, handler) => handler(call),
  ) {
    this.#guard = guard;
    this.#routes = routes.map((route) => ({ route, pattern: route.path.slice(1).split('/') }));
  }

  answer(call: Call): Response | Promise<Response> {
    const { method } = call.request;
    for (const { route, pattern } of this.#routes) {
      const params = match(pattern, call.target.segments);
      if (!params) continue;
      if (!has(call, route)) return failure(404, 'not found');
      call.params = params;
      if (method === 'OPTIONS') return new Response(null, { headers: { 'content-length': '0' } });
      const { problem } = call.caller;
      if (problem !== undefined && route.path !== '/')
        return failure(401, `Failed to authenticate: ${problem}`);
      if (!isMet(call, route)) return failure(403, 'not authorized');
      if (method === 'HEAD' && !route.HEAD) return noContent(route.path);
      const known = methods.find((name) => name === method);
      if (!known) return failure(404, `Method "${method}" not found`);
      const text = lacking(call); // what is there to be refused, if not to be done
      const handler = route[known] ?? (text === undefined ? undefined : () => failure(501, text));
      return handler ? this.#guard(call, handler) : failure(501, noSuchMethod);
    }
    return failure(404, lacking(call) ?? 'not found');
  }
}

/** Where the real one has something, nobody is to take this for a thing that is missing. */
function lacking({ request: { method }, product, target }: Call): string | undefined {
  const real = Object.entries(oldestPaths[product.name])
    .filter(([path]) => match(path.slice(1).split('/'), target.segments))
    .sort(([a], [b]) => a.split('{').length - b.split('{').length); // `aliases` before any fingerprint
  if (!real[0]?.[1].split(' ').includes(method)) return undefined;
  return `tslxd/testing has no ${method} ${target.path}`;
}

function has({ product }: Call, { extension }: Route): boolean {
  return extension === undefined || product.extensions.includes(extension);
}

/** Does the server listen to this request at all? Guests can ask to be refused, and so learn how to be trusted. */
function isMet(call: Call, { path, ...route }: Route): boolean {
  const { trusted, caller, request } = call;
  if (path.startsWith('/internal/')) return caller.method === 'unix' || caller.method === 'cluster';
  return trusted || path === '/' || (admits(route, request.method) && !call.header('authenticated'));
}

function admits({ guests = false }: Pick<Route, 'guests'>, method: string): boolean {
  return typeof guests === 'boolean' ? guests && method === 'GET' : guests.includes(method);
}

/** Hardly a path answers HEAD; the root does not look at the method. */
function noContent(path: string): Response {
  if (path === '/') return new Response(null, { headers: { 'content-type': 'application/json' } });
  const { status, headers } = failure(501, noSuchMethod); // of which the body is left out
  return new Response(null, { status, headers });
}

/** The parameters of a path that fits the pattern. */
export function match(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  const rest = pattern.at(-1)?.endsWith('*}');
  if (rest ? segments.length < pattern.length : segments.length !== pattern.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index]!;
    if (!part.startsWith('{')) {
      if (part !== segment) return undefined;
    } else if (part.endsWith('*}')) {
      params[part.slice(1, -2)] = decodeURIComponent(segments.slice(index).join('/'));
    } else if (segment === '') {
      return undefined;
    } else {
      params[part.slice(1, -1)] = decodeURIComponent(segment);
    }
  }
  return params;
}
