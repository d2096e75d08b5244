import { configuration } from '../../data/configuration.js';
import { environment, resources } from '../../data/environment.js';
import type { Call } from '../../http/call.js';
import { isAdmin } from '../../http/caller.js';
import { parseJson, isObject } from '../../http/decode.js';
import { checkMatch, etag } from '../../http/etag.js';
import { done, sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { dict, sorted, type Dict, type StringMap } from '../../state/maps.js';
import { Refusal } from '../../state/refusal.js';
import { oidcHeaders } from '../auth/oidc.js';
import { poolsOf } from '../storage/shelves.js';
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

const hidden = 'core.trust_password';

function serverJson({ state, product, projectName, trusted, caller }: Call): Record<string, unknown> {
  const settings = settingsOf(state);
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
    config: isAdmin(caller) ? sorted(shownConfig(settings.config)) : noConfig,
    ...common,
    ...(namesUser && { auth_user_name: name, auth_user_method: method }),
    environment: {
      ...environment,
      ...settings.network,
      kernel_features: { ...environment.kernel_features, ...kernelFeatures },
      project: projectName,
      server: product.name,
      server_pid: process.pid,
      server_version: product.version,
    },
  };
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
  const settings = settingsOf(state);
  checkMatch(call.request.headers, settings.config);
  const body = parseJson(await call.text());
  const written = checkedConfig(call, isObject(body) ? body.config : undefined, settings.config);
  const config = dict<string>();
  for (const key of Object.keys(settings.config)) if (keep(key)) config[key] = settings.config[key]!;
  const next = dict(config, written);
  for (const key of Object.keys(next)) if (next[key] === '') delete next[key];
  settings.config = next;
  state.lifecycle('default', 'config-updated', []);
  return done();
}

function metrics({ state, product, trusted, caller }: Call): Response {
  if (!trusted) throw new Refusal(403, quirks[product.name].metricsForGuests);
  const name = `${product.name}_cpu_seconds_total`;
  const lines: string[] = [];
  for (const project of state.projects.values()) {
    if (caller.projects?.includes(project.name) === false) continue;
    for (const { name: instance, status, type } of project.instances.values()) {
      if (status === 'Stopped') continue;
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
  if (call.target.query.get('target')) throw new Refusal(404, 'Cluster member not found');
  return sync(serverJson(call), call.trusted ? etag(settingsOf(call.state).config) : undefined);
}

/** What a server says of its cluster that is in none: also what each member would have to say that it had. */
function cluster({ state }: Call): Response {
  const pools = [...poolsOf(state).keys()].map((name) => ({
    ...{ entity: 'storage-pool', name, key: 'source', value: '' },
    description: `"source" property for storage pool "${name}"`,
  }));
  const alone = { server_name: '', enabled: false, member_config: pools };
  return sync(alone, etag(alone));
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
  { path: '/1.0/cluster', GET: cluster },
];
