import { formCluster } from '../../cluster/form.js';
import type { Call } from '../../http/call.js';
import { etag } from '../../http/etag.js';
import { done, started, sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { dict } from '../../state/maps.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import { settingsOf } from '../server/settings.js';
import { poolsOf } from '../storage/shelves.js';
import { groupRoutes } from './groups.js';
import { memberRoutes } from './members.js';

const shape = {
  type: 'ClusterPut',
  fields: {
    server_name: 'string',
    enabled: 'bool',
    cluster_address: 'string',
    cluster_certificate: 'string',
    server_address: 'string',
    cluster_token: 'string',
    cluster_password: 'string',
  },
} as const;

interface Body {
  server_name: string;
  enabled: boolean;
  cluster_address: string;
  cluster_certificate: string;
}

/** What a server says of its cluster, if it is in one: also what each member would have to say that it had. */
function read({ state }: Call): Response {
  const pools = [...poolsOf(state).keys()].map((name) => ({
    ...{ entity: 'storage-pool', name, key: 'source', value: '' },
    description: `"source" property for storage pool "${name}"`,
  }));
  const { here } = state;
  const json = { server_name: here?.name ?? '', enabled: here !== undefined, member_config: pools };
  return sync(json, etag(json));
}

/** PUT: a cluster of one is made, joined or left. */
async function write(call: Call): Promise<Response> {
  const { state } = call;
  const { server_name: name = '', enabled = false, ...said } = await call.body<Body>(shape);
  if (!enabled) return leave(state);
  if (name === '') throw new Refusal(400, 'ServerName is required when enabling clustering');
  if (said.cluster_address) {
    if (!said.cluster_certificate) throw new Refusal(400, 'No target cluster member certificate provided');
    if (state.cluster) throw new Refusal(400, 'This server is already clustered');
    throw new Refusal(501, `tslxd/testing has no joining: start it with FakeServer.start({ members: 3 })`);
  }
  const { config } = settingsOf(state);
  const own = state.here?.serverConfig ?? config;
  const address = own['cluster.https_address'] ?? own['core.https_address'] ?? '';
  if (/^(?:0\.0\.0\.0|\[?::\]?)?(?::\d+)?$/.test(address)) {
    const remedy = 'Please specify a new cluster.https_address or core.https_address';
    throw new Refusal(
      500,
      `Cannot use wildcard core.https_address "${address}" for cluster.https_address. ${remedy}`,
    );
  }
  const operation = state.operations.start({
    ...{ project: 'default', description: 'Creating bootstrap node' },
    resources: { cluster: null as unknown as string[] },
    run() {
      if (state.cluster) throw new Refusal(500, 'Inconsistent state: found leftover cluster certificate');
      formCluster(state, [{ name, url: `https://${address}` }]);
      state.lifecycle('default', 'cluster-enabled', ['cluster', 'members', name]);
    },
  });
  return started(operation);
}

/** The server is wiped, whether it was in a cluster or not. */
function leave(state: State): Response {
  if (state.cluster && state.cluster.members.size > 1)
    throw new Refusal(501, 'tslxd/testing has no leaving of a cluster of several members: it has one memory');
  state.cluster = undefined;
  for (const project of [...state.projects.values()]) {
    project.instances.clear();
    for (const [path, shelf] of project.shelves.all()) if (path[0] !== 'profiles') shelf.clear();
    if (project.name !== 'default') state.projects.delete(project.name);
  }
  const { profiles } = state.project('default');
  for (const name of [...profiles.keys()]) if (name !== 'default') profiles.delete(name);
  Object.assign(profiles.get('default') ?? {}, { config: dict(), devices: dict() });
  for (const [, shelf] of state.shelves.all()) shelf.clear();
  return done();
}

/** PUT: all members show another certificate; that of the fake's own ports stays. */
async function replaceCertificate(call: Call): Promise<Response> {
  const fields = { cluster_certificate: 'string', cluster_certificate_key: 'string' } as const;
  const { cluster_certificate: pem = '' } = await call.body<{ cluster_certificate: string }>({
    type: 'ClusterCertificatePut',
    fields,
  });
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    throw new Refusal(400, 'Certificate must be base64 encoded PEM certificate: %!w(<nil>)');
  const { network } = settingsOf(call.state);
  if (network.certificate)
    throw new Refusal(501, 'tslxd/testing has one certificate for as long as it listens');
  call.state.lifecycle('default', 'cluster-certificate-updated', ['cluster', 'certificate']);
  return done();
}

/** The cluster that the server is in, if it is in one. */
export const clusterRoutes: Route[] = [
  { path: '/1.0/cluster', GET: read, PUT: write },
  { path: '/1.0/cluster/certificate', PUT: replaceCertificate },
  ...memberRoutes,
  ...groupRoutes,
];
