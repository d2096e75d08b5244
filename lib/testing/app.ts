import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { withFault } from './faults/apply.js';
import { Faults } from './faults/faults.js';
import { Call } from './http/call.js';
import { refuse } from './http/event-sockets.js';
import { loggedBody, type LoggedRequest } from './http/log.js';
import type { Peer } from './http/peer.js';
import { failure } from './http/reply.js';
import { Router, type Handler, type Route } from './http/router.js';
import { parseTarget } from './http/target.js';
import { isOffered } from './kind/kind.js';
import { routesOf } from './kind/routes.js';
import { callerOf } from './kinds/certificates/callers.js';
import { identityRoutes } from './kinds/auth/identities.js';
import { oidcHeaders } from './kinds/auth/oidc.js';
import { permissionRoutes } from './kinds/auth/permissions.js';
import { limited } from './kinds/certificates/limited.js';
import { limitOf } from './kinds/certificates/limits.js';
import { certificateRoutes } from './kinds/certificates/routes.js';
import { declaredKinds } from './kinds/index.js';
import { eventRoutes } from './kinds/events/routes.js';
import { allocationRoutes } from './kinds/networks/allocations.js';
import { imageRoutes } from './kinds/images/routes.js';
import { instanceRoutes } from './kinds/instances/routes.js';
import { operationRoutes } from './kinds/operations/routes.js';
import { serverRoutes } from './kinds/server/routes.js';
import { volumeFileRoutes } from './kinds/storage/volume-files.js';
import { warningRoutes } from './kinds/warnings/warnings.js';
import type { Product } from './products/product.js';
import { Dropped, Refusal } from './state/refusal.js';
import type { State } from './state/state.js';

/** Answers requests out of a state; it knows nothing of sockets. */
export class App {
  readonly requests: LoggedRequest[] = [];
  readonly faults = new Faults();
  readonly #router: Router;
  readonly #latency: number;

  constructor(
    /** Replaced by a reset. */
    public state: State,
    latency: number,
  ) {
    this.#latency = latency;
    this.#router = new Router(
      [
        ...serverRoutes,
        ...warningRoutes,
        ...certificateRoutes,
        ...identityRoutes,
        ...permissionRoutes,
        ...volumeFileRoutes,
        ...instanceRoutes('instances', state.product),
        ...(state.product.name === 'lxd' ? typedRoutes(state.product) : []),
        ...operationRoutes,
        ...eventRoutes,
        ...allocationRoutes,
        ...Object.values(declaredKinds)
          .filter((kind) => isOffered(kind, state.product))
          .flatMap(routesOf),
        ...imageRoutes, // after their aliases, which would be fingerprints
      ],
      guard,
    );
  }

  /** The target is the raw one of the request line where there is one: a URL has lost its `..` by now. */
  async answer(request: Request, rawTarget = request.url, peer?: Peer): Promise<Response> {
    const target = parseTarget(rawTarget);
    const authorization = request.headers.get('authorization');
    const caller = callerOf(this.state, peer, target.path, authorization);
    const call = new Call(this.state, request, target, caller);
    const entry: LoggedRequest = {
      method: request.method,
      path: target.path,
      query: Object.fromEntries(target.query),
      headers: Object.fromEntries(request.headers),
      body: undefined,
      status: 0,
    };
    this.requests.push(entry);
    if (this.#latency > 0) await this.#pause(this.#latency);
    if (!isUpload(request, entry.path)) entry.body = loggedBody(await call.text());
    // What is no JSON there, is an image.
    if (entry.path === '/1.0/images' && typeof entry.body === 'string') entry.body = undefined;
    const fault = this.faults.take(entry);
    const answer = async () => this.#answer(call);
    const response = await (fault ? withFault(fault, request, this.state.clock, answer) : answer());
    entry.status = response.status;
    return response;
  }

  /** A request to change the protocol: logged, and open to faults, like the others. */
  meetUpgrade(request: IncomingMessage, socket: Duplex, accept: () => void): void {
    const target = parseTarget(request.url ?? '/');
    const entry: LoggedRequest = {
      method: request.method ?? 'GET',
      path: target.path,
      query: Object.fromEntries(target.query),
      headers: request.headers as Record<string, string>,
      body: undefined,
      status: 101,
    };
    this.requests.push(entry);
    const fault = this.faults.take(entry);
    if (!fault || 'operation' in fault) return accept();
    if ('status' in fault) {
      entry.status = fault.status;
      refuse(socket, fault.status, fault.error ?? STATUS_CODES[fault.status] ?? 'Error');
    } else if ('stall' in fault) {
      if (fault.stall !== Infinity) this.state.clock.after(fault.stall, accept);
    } else {
      entry.status = 0;
      socket.destroy();
    }
  }

  async #answer(call: Call): Promise<Response> {
    try {
      decodeURIComponent(call.target.path);
    } catch {
      return new Response('400 Bad Request', {
        status: 400,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
      });
    }
    try {
      return this.#withProvider(await this.#router.answer(call));
    } catch (error) {
      if (error instanceof Dropped) return Response.error();
      if (error instanceof Refusal) return this.#withProvider(failure(error.status, error.message));
      return failure(500, `tslxd/testing failed: ${String((error as Error).stack)}`);
    }
  }

  /** Who is refused is told where to log in. */
  #withProvider(response: Response): Response {
    if (response.status !== 401 && response.status !== 403) return response;
    for (const [name, value] of Object.entries(oidcHeaders(this.state) ?? {}))
      response.headers.set(name, value);
    return response;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.state.clock.after(ms, resolve));
  }
}

/** Bodies of these types, and the content of files, are bytes: they go into the state, and are not logged. */
function isUpload(request: Request, path: string): boolean {
  const type = request.headers.get('content-type') ?? '';
  return /^(?:application\/octet-stream|multipart\/)/.test(type) || path.endsWith('/files');
}

/** Holds whose certificate is restricted to its projects. */
async function guard(call: Call, handler: Handler): Promise<Response> {
  const limit = limitOf(call.state, call.caller, call.target, call.request.method);
  if (limit) throw limit;
  return limited(call, await handler(call));
}

function typedRoutes(product: Product): Route[] {
  return [...instanceRoutes('containers', product), ...instanceRoutes('virtual-machines', product)];
}
