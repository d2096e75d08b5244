import type { Call } from '../../http/call.js';
import { json } from '../../http/reply.js';
import type { ProductName } from '../../products/product.js';

type Thing = Readonly<Record<string, unknown>>;

/** What a list or a thing shows of its config to who is restricted. */
const configs: Readonly<Record<string, object | null>> = { networks: {}, 'storage-pools': null };

/** The lists whose answers are not for everybody. */
const lists = [
  ...['images', 'networks', 'network-acls', 'network-zones', 'profiles', 'projects', 'storage-pools'],
];

/** What all projects can share, everybody sees in `default` on Incus. */
const unshared: Readonly<Record<ProductName, RegExp>> = {
  lxd: /^/,
  incus: /^\/1\.0\/(?:instances|network-acls)\//,
};

/** An answer as somebody sees it whose certificate is restricted: without configs, projects and users of others. */
export async function limited(call: Call, answer: Response): Promise<Response> {
  const { caller, request, target, product } = call;
  const [, list = '', ...below] = target.segments;
  const isJson = answer.headers.get('content-type') === 'application/json';
  if (!caller.projects || request.method !== 'GET' || !lists.includes(list) || !isJson || !answer.ok)
    return answer;
  const { projects } = caller;
  const has = (url: string): boolean => {
    const { pathname, searchParams } = new URL(url, 'http://fake');
    const project = searchParams.get('project') ?? 'default';
    return projects.includes(project) || (project === 'default' && !unshared[product.name].test(pathname));
  };
  const shown = (thing: Thing): Thing => ({
    ...thing,
    ...(below.length < 2 && list in configs && { config: configs[list] }),
    ...(Array.isArray(thing.used_by) && { used_by: (thing.used_by as string[]).filter(has) }),
  });
  const isMine = (item: string | Thing) => projects.includes(String(nameOf(item)));
  const { metadata, ...envelope } = (await answer.json()) as { metadata: unknown };
  const told = Array.isArray(metadata)
    ? (metadata as (string | Thing)[])
        .filter((item) => list !== 'projects' || isMine(item))
        .filter(() => !isHidden(call))
        .map((item) => (typeof item === 'string' ? item : shown(item)))
    : shown(metadata as Thing);
  const headers = Object.fromEntries(answer.headers);
  return json(200, `${JSON.stringify({ ...envelope, metadata: told })}\n`, headers);
}

function nameOf(item: string | Thing): unknown {
  return typeof item === 'string' ? decodeURIComponent(item.slice(item.lastIndexOf('/') + 1)) : item.name;
}

/**
 * Incus shows nobody the network ACLs of `default`, which are those of most projects; and the aliases of all projects
 * are those of `default`.
 */
function isHidden({ state, product, caller, projectName, target }: Call): boolean {
  if (product.name !== 'incus') return false;
  const [, list, below] = target.segments;
  const hasAcls = state.projects.get(projectName)?.having('networks').name ?? projectName;
  const owner = list === 'network-acls' ? hasAcls : below === 'aliases' ? projectName : undefined;
  return owner !== undefined && caller.projects?.includes(owner) === false;
}
