import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { ScriptedDaemon } from '../../support/scripted-daemon.js';

/** What a request is answered with in place of what the cluster would say. */
export type Refusal = (asked: string) => { status: number; error: string } | 'cut' | undefined;

interface Thing {
  status: string;
  locations: string[];
  body: Record<string, unknown>;
}

/** A cluster of `n1`, `n2` and `n3` that makes networks and pools in two steps, as both servers do. */
export class ClusterDaemon extends ScriptedDaemon {
  /** `POST /1.0/networks?target=n1 {"name":…}`, in turns; no reads. */
  readonly written: string[] = [];
  /** The requests that ask. */
  readonly read: string[] = [];
  readonly states: Record<string, string> = { n2: 'Online', n1: 'Online', n3: 'Online' };
  readonly things = new Map<string, Thing>();
  clustered = true;
  /** What `/1.0` says, where that is not true (any more). */
  told: boolean | undefined;
  product: 'lxd' | 'incus' = 'incus';
  extensions: readonly string[] = ['clustering_groups'];
  refuse: Refusal = () => undefined;
  /** Called with each write before it is answered. */
  before: (asked: string) => unknown = () => undefined;
  /** Whether a network's description of the last step is lost, as by all but newer Incus. */
  losesDescription = false;

  protected override async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const body = JSON.parse((await text(request)) || 'null') as Record<string, unknown> | null;
    const asked = `${method} ${url}${body ? ` ${JSON.stringify(body)}` : ''}`;
    (method === 'GET' ? this.read : this.written).push(asked);
    if (method !== 'GET') await this.before(asked);
    const said = this.refuse(asked);
    if (said === 'cut') {
      response.destroy();
      return;
    }
    const answer = said ?? this.#say(method, new URL(url, 'http://x'), body ?? {});
    response.writeHead('error' in answer ? answer.status : 200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        'error' in answer
          ? { type: 'error', error: answer.error, error_code: answer.status, metadata: null }
          : { type: 'sync', status_code: 200, metadata: answer.metadata },
      ),
    );
  }

  protected override connect(_request: IncomingMessage, socket: { destroy(): void }): void {
    socket.destroy();
  }

  #say(
    method: string,
    { pathname, searchParams }: URL,
    body: Record<string, unknown>,
  ): { metadata: unknown } | { status: number; error: string } {
    const target = searchParams.get('target');
    const [, , kind = '', name = ''] = pathname.split('/');
    if (pathname === '/1.0') {
      const environment = { server: this.product, server_clustered: this.told ?? this.clustered };
      return { metadata: { auth: 'trusted', api_extensions: this.extensions, environment } };
    }
    if (pathname === '/1.0/cluster/members') {
      if (!this.clustered) return { status: 500, error: 'Server is not clustered' };
      const list = Object.entries(this.states);
      return { metadata: list.map(([server_name, status]) => ({ server_name, status })) };
    }
    if (pathname === '/1.0/resources') return { metadata: {} };
    if (method === 'POST' && name === '') return this.#create(kind, body, target);
    const thing = this.things.get(name);
    if (!thing)
      return { status: 404, error: kind === 'networks' ? 'Network not found' : 'Storage pool not found' };
    if (method === 'DELETE') this.things.delete(name);
    if (method === 'PATCH' || method === 'PUT') Object.assign(thing.body, body);
    const { status, locations } = thing;
    return { metadata: { managed: true, config: {}, ...thing.body, name, status, locations, used_by: [] } };
  }

  #create(
    kind: string,
    body: Record<string, unknown>,
    target: string | null,
  ): { metadata: unknown } | { status: number; error: string } {
    const name = body.name as string;
    const thing = this.things.get(name);
    if (target !== null) {
      if (thing?.locations.includes(target))
        return { status: 400, error: `The ${kind} is already defined on member "${target}"` };
      const locations = [...(thing?.locations ?? []), target];
      this.things.set(name, { status: 'Pending', locations, body: { ...body, config: {} } });
      return { metadata: null };
    }
    const isWhole = body.type === 'ovn' || !this.clustered;
    if (!thing && !isWhole)
      return { status: 500, error: 'Network not pending on any node (use --target <node> first)' };
    if (thing?.status === 'Created') return { status: 500, error: 'The network is already created' };
    const locations = isWhole ? ['none'] : (thing?.locations ?? []);
    const kept = this.losesDescription ? { description: '' } : {};
    this.things.set(name, { status: 'Created', locations, body: { ...body, ...kept } });
    return { metadata: null };
  }
}
