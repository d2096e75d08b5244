import type { Caller } from '../../http/caller.js';
import type { Target } from '../../http/target.js';
import type { Says } from '../../kind/kind.js';
import type { ProductName } from '../../products/product.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import { zoneFeature, type Feature } from '../projects/project.js';
import { isOn } from '../../state/maps.js';

/** A request of somebody whose certificate is restricted to some projects. */
interface Asked {
  state: State;
  projects: readonly string[];
  /** Without the version. */
  path: string;
  method: string;
  /** The project of the request, there or not. */
  project: string;
  isOfAll: boolean;
}

type Check = (asked: Asked) => Says | undefined;

/** Which requests are met how; of those that fit, the first counts. */
type Rules = readonly (readonly [methods: RegExp, paths: RegExp, check: Check])[];

const free: Check = () => undefined;
const restricted: Says = [403, 'Certificate is restricted'];
const lacks = (project: string): Says => [403, `User does not have permission for project "${project}"`];

/** Of LXD: only in projects of one's own. */
const inProject: Check = ({ projects, project }) =>
  projects.includes(project) ? undefined : [403, 'not authorized'];

/** Of Incus, and the same with its words. */
const inAsked: Check = ({ projects, project }) => (projects.includes(project) ? undefined : lacks(project));

const nameIn = (path: string): string => decodeURIComponent(path.split('/')[1] ?? '');

/** Whose the things of a list are: those of a project without the feature are those of `default`. */
function featureOf({ state, path }: Asked): Feature | undefined {
  const [list = '', , below] = path.split('/');
  // Volumes have a feature, too, but 6.0.4 does not find the type of one.
  if (list === 'storage-pools') return below === 'buckets' ? 'storage.buckets' : undefined;
  if (list === 'network-zones') return zoneFeature({}, state.product);
  if (list === 'networks' || list === 'network-acls') return 'networks';
  return list === 'profiles' || list === 'images' ? list : undefined;
}

/** The project that has what a request of Incus is about. */
function ownerOf(asked: Asked): string {
  const { state, project } = asked;
  return state.projects.get(project)?.having(featureOf(asked)).name ?? project;
}

/** A thing of Incus: what all projects can share, may be looked at in `default` by everybody. */
const thing: Check = (asked) => {
  const { projects, path, method, isOfAll } = asked;
  if (isOfAll) return restricted;
  const owner = ownerOf(asked);
  const isShared = !/^(?:instances|network-acls|images\/aliases)\//.test(path);
  if (projects.includes(owner) || (owner === 'default' && method === 'GET' && isShared)) return undefined;
  return lacks(owner);
};

/** A list of Incus; `first` if it looks for the project before it asks who may see that. */
const listed =
  (status: number, { first = false, prefix = '' } = {}): Check =>
  ({ state, projects, project, isOfAll }) => {
    if (isOfAll || projects.includes(project) || (first && !state.projects.has(project))) return undefined;
    return [status, `${prefix}User does not have permissions for project "${project}"`];
  };

/** Of a project that is not there, events have words of their own. */
const ofEvents: Check = (asked) =>
  asked.isOfAll || !asked.state.projects.has(asked.project) ? undefined : inAsked(asked);

const ofServer: Check = ({ isOfAll }) => (isOfAll ? restricted : undefined);

const rules: Readonly<Record<ProductName, Rules>> = {
  lxd: [
    [/./, /^(?:instances|containers|virtual-machines|profiles|network[^/]*)(?:\/|$)/, inProject],
    [/./, /^images\/aliases$/, inProject],
    [/GET/, /^images(?:\/[^/]+|\/[^/]+\/export|\/aliases\/.+)?$/, free], // what is public
    [/POST/, /^(?:images|certificates)$/, free],
    [/./, /^(?:images\/|storage-pools\/[^/]+\/(?:volumes|buckets)|metrics$)/, inProject],
    [/GET|PUT|PATCH/, /^certificates(?:\/|$)/, free],
    [/GET/, /^projects\/./, ({ path, ...asked }) => inProject({ ...asked, path, project: nameIn(path) })],
    [/GET|DELETE/, /^operations(?:\/|$)/, free],
    [/GET/, /^(?:$|auth\/|cluster|events$|metadata\/|projects$|resources$|storage-pools)/, free],
    [/./, /^/, () => [403, 'not authorized']],
  ],
  incus: [
    [/GET/, /^instances$/, listed(500)],
    [/PUT/, /^instances$/, listed(403)],
    [/GET/, /^images\/aliases$/, listed(500, { prefix: 'Failed to get a permission checker: ' })],
    [/GET/, /^(?:profiles|networks|network-zones)$/, listed(500, { first: true })],
    [/GET/, /^(?:network-acls|network-allocations)$/, listed(403, { first: true })],
    [/GET/, /^storage-pools\/[^/]+\/(?:volumes(?:\/[^/]+)?|buckets)$/, listed(403, { first: true })],
    [/GET/, /^metrics$/, (asked) => ofServer(asked) ?? listed(403)(asked)],
    [/GET/, /^storage-pools$/, () => [500, restricted[1]]],
    [/GET/, /^images(?:\/[^/]+|\/[^/]+\/export|\/aliases\/.+)?$/, free], // what is public
    [/GET/, /^(?:$|certificates$|metadata\/|network-integrations$|operations|projects$)/, free],
    [/GET/, /^events$/, ofEvents],
    [/GET/, /^(?:cluster|resources$|certificates\/|storage-pools\/[^/]+(?:\/resources)?$)/, ofServer],
    [/POST/, /^(?:certificates|images)$/, free],
    [/PUT|PATCH|DELETE/, /^certificates\//, free],
    [/DELETE/, /^operations\//, free],
    [/POST/, /^(?:instances|profiles|networks|network-acls|network-zones|images\/aliases)$/, inAsked],
    [/POST/, /^storage-pools\/[^/]+\/(?:volumes(?:\/[^/]+)?|buckets)$/, inAsked],
    [
      /GET/,
      /^projects\/[^/]+(?:\/state)?$/,
      ({ path, ...asked }) => inAsked({ ...asked, path, project: nameIn(path) }),
    ],
    [/./, /^network-integrations\//, () => lacks('')],
    [/./, /^(?:instances|profiles|networks|network-acls|network-zones|images)\//, thing],
    [/./, /^storage-pools\/[^/]+\/(?:volumes|buckets)\//, thing],
    [/./, /^/, () => restricted],
  ],
};

/** What is said to a request that goes beyond what a certificate is restricted to; nothing, if it does not. */
export function limitOf(
  state: State,
  caller: Caller,
  { segments, query }: Target,
  method: string,
): Refusal | undefined {
  const { projects } = caller;
  if (!projects || segments[0] !== '1.0') return undefined;
  const path = segments.slice(1).join('/');
  const isOfAll = isOn(query.get('all-projects'));
  const asked = { state, projects, path, method, project: query.get('project') || 'default', isOfAll };
  const rule = rules[state.product.name].find(([methods, paths]) => methods.test(method) && paths.test(path));
  const says = rule?.[2](asked);
  return says && new Refusal(...says);
}
