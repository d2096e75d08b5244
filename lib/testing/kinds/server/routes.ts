import { configuration } from '../../data/configuration.js';
import { environment, resources } from '../../data/environment.js';
import type { Call } from '../../http/call.js';
import { isAdmin } from '../../http/caller.js';
import { parseJson, isObject } from '../../http/decode.js';
import { checkMatch, etag } from '../../http/etag.js';
import { done, sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import type { State } from '../../state/state.js';
import { dict, sorted, withoutEmpty, type Dict, type StringMap } from '../../state/maps.js';
import { Refusal } from '../../state/refusal.js';
import { oidcHeaders } from '../auth/oidc.js';
import { settingsOf } from './settings.js';

/** What the answers have beside what both products say. */
const quirks = {
  lxd: {
    namesUser: false,
    hasPassword: true,
    kernelFeatures: { shiftfs: 'false' },
    resources: {},
    forGuests: {},
    noConfig: null,
    metricsForGuests: 'not authorized',
  },
  incus: {
    namesUser: true,
    hasPassword: false,
    kernelFeatures: { unpriv_binfmt: 'true' },
    resources: { load: { Average1Min: 0, Average5Min: 0, Average10Min: 0, Processes: 100 } },
    forGuests: { config: {} },
    noConfig: {},
    metricsForGuests: 'Failed to extract request details: Username not present in request context',
  },
};

/** What may be set beside `user.*`: the beginnings are enough, since the fake does nothing with them. */
const known =
  /^(?:acme|backups|bgp|candid|cluster|core|dns|images|instances|logging|loki|maas|metrics|network|oidc|openfga|rbac|storage)\.[a-z]/;

const clusterAddress = 'cluster.https_address';

/** What each member of a cluster has its own of. */
const ownKeys = [clusterAddress, 'core.https_address'];

const unmovable = 'Changing cluster.https_address is currently not supported';

const hidden = 'core.trust_password';

function serverJson({ state, product, projectName, trusted, caller }: Call): Record<string, unknown> {
  const settings = settingsOf(state);
  const { here } = state;
  const { namesUser, kernelFeatures, forGuests, noConfig } = quirks[product.name];
  // Who is part of the server has no name.
  const { name, method } = caller.method === 'cluster' ? { name: '', method: '' } : caller;
  const common = {
    api_extensions: product.extensions,
    api_status: 'stable',
    api_version: '1.0',
    auth: trusted ? 'trusted' : 'untrusted',
    public: false,
    auth_methods: ['tls', ...(oidcHeaders(state) ? ['oidc'] : [])],
  };
  if (!trusted) return { ...forGuests, ...common };
  return {
    config: isAdmin(caller) ? sorted(shownConfig(configOf(state))) : noConfig,
    ...common,
    ...(namesUser && { auth_user_name: name, auth_user_method: method }),
    environment: {
      ...environment,
      ...settings.network,
      ...(here && { addresses: here.addresses, server_clustered: true, server_name: here.name }),
      kernel_features: { ...environment.kernel_features, ...kernelFeatures },
      project: projectName,
      server: product.name,
      server_pid: process.pid,
      server_version: product.version,
    },
  };
}

/** What is set: for all, and for the member alone that is asked. */
function configOf(state: State): StringMap {
  return dict(settingsOf(state).config, state.here?.serverConfig);
}

/** Of LXD's trust password only that there is one is to be seen. */
function shownConfig(config: StringMap): Dict<string | true> {
  return dict<string | true>(config, hidden in config ? { [hidden]: true } : {});
}

function checkedConfig({ product }: Call, value: unknown, before: StringMap): StringMap {
  const config = dict<string>();
  if (!isObject(value)) return config;
  for (const key of Object.keys(value)) {
    const isKept = key === hidden && value[key] === true;
    const entry = (isKept ? before[key] : value[key]) ?? '';
    if (typeof entry !== 'string')
      throw new Refusal(400, `cannot set '${key}': invalid type ${typeof entry}`);
    const isOld = key === hidden && !quirks[product.name].hasPassword;
    const isKnown = key.startsWith('user.') || (known.test(key) && !isOld);
    if (!isKnown) throw new Refusal(400, `cannot set '${key}' to '${entry}': unknown key`);
    config[key] = entry;
  }
  return config;
}

async function write(call: Call, keep: (key: string) => boolean): Promise<Response> {
  const { state } = call;
  const before = configOf(state);
  checkMatch(call.request.headers, before);
  const body = parseJson(await call.text());
  const written = checkedConfig(call, isObject(body) ? body.config : undefined, before);
  const config = dict<string>();
  for (const key of Object.keys(before)) if (keep(key)) config[key] = before[key]!;
  keepConfig(state, withoutEmpty(dict(config, written)));
  state.lifecycle('default', 'config-updated', []);
  return done();
}

/** Has each key where it belongs. */
function keepConfig(state: State, next: StringMap): void {
  const { cluster, here } = state;
  const isOwn = (key: string) => here !== undefined && ownKeys.includes(key);
  const moved = here && next[clusterAddress] !== here.serverConfig[clusterAddress];
  if (cluster && moved) throw new Refusal(500, unmovable);
  const [own, common] = [dict<string>(), dict<string>()];
  for (const key of Object.keys(next)) (isOwn(key) ? own : common)[key] = next[key]!;
  if (here) here.serverConfig = own;
  settingsOf(state).config = common;
}

function metrics({ state, product, trusted, caller }: Call): Response {
  if (!trusted) throw new Refusal(403, quirks[product.name].metricsForGuests);
  const name = `${product.name}_cpu_seconds_total`;
  const lines: string[] = [];
  for (const project of state.projects.values()) {
    if (caller.projects?.includes(project.name) === false) continue;
    for (const { member, name: instance, status, type } of project.instances.values()) {
      if (status === 'Stopped' || member !== state.here) continue;
      const labels = `cpu="0",mode="user",name="${instance}",project="${project.name}",type="${type}"`;
      lines.push(`${name}{${labels}} 0.01`);
    }
  }
  const head = [`# HELP ${name} The total number of CPU time used in seconds.`, `# TYPE ${name} counter`];
  const text = [...(lines.length > 0 ? head : []), ...lines, '# EOF', ''].join('\n');
  return new Response(text, { headers: { 'content-type': 'text/plain' } });
}

const versions = (): Response => sync(['/1.0']);

function read(call: Call): Response {
  if (call.target.query.get('target') && !call.state.cluster)
    throw new Refusal(404, 'Cluster member not found');
  return sync(serverJson(call), call.trusted ? etag(configOf(call.state)) : undefined);
}

/** The server itself. */
export const serverRoutes: Route[] = [
  // The root does not look at the method.
  {
    path: '/',
    guests: true,
    GET: versions,
    POST: versions,
    PUT: versions,
    PATCH: versions,
    DELETE: versions,
  },
  {
    path: '/1.0',
    guests: true,
    GET: read,
    // A PUT leaves the keys of users alone that it does not name.
    PUT: (call) => write(call, (key) => key.startsWith('user.')),
    PATCH: (call) => write(call, () => true),
  },
  { path: '/1.0/resources', GET: ({ product }) => sync({ ...resources, ...quirks[product.name].resources }) },
  { path: '/1.0/metrics', guests: true, GET: metrics },
  {
    path: '/1.0/metadata/configuration',
    guests: true,
    GET({ product }) {
      if (!product.extensions.includes('metadata_configuration')) throw new Refusal(404, 'not found');
      return sync(configuration);
    },
  },
  // What every one of a kind says that is alone and well.
  { path: '/internal/ready', GET: done },
];
