import type { Product } from '../../products/product.js';
import { sourceUrl } from '../../state/source-url.js';

type Resources = Record<string, string[]>;
type SnapshotAction = 'create' | 'update' | 'rename' | 'delete';

const quirks = {
  // Of a project nothing is said, and nothing is escaped.
  lxd: {
    url: (_project: string, path: readonly string[]) => sourceUrl('default', path, (segment) => segment),
    namesContainers: true,
  },
  incus: {
    url: (project: string, path: readonly string[]) => sourceUrl(project, path),
    namesContainers: false,
  },
};

/** The URL of a thing in the `resources` of operations. */
export function resourceUrl({ name }: Product, project: string, path: readonly string[]): string {
  return quirks[name].url(project, path);
}

/** The `resources` of an operation on instances. */
export function instanceResources(
  product: Product,
  project: string,
  names: readonly string[],
  type: string,
): Resources {
  const urls = (kind: string) => names.map((name) => resourceUrl(product, project, [kind, name]));
  const isBoth = quirks[product.name].namesContainers && type === 'container';
  return { ...(isBoth && { containers: urls('containers') }), instances: urls('instances') };
}

/** The `resources` of an operation on a snapshot; LXD's differ with what is done. */
export function snapshotResources(
  product: Product,
  project: string,
  instance: { name: string; type: string },
  snapshot: string,
  action: SnapshotAction,
): Resources {
  if (product.name === 'lxd') {
    const name = { update: snapshot, delete: `${instance.name}/${snapshot}`, create: '', rename: '' }[action];
    return instanceResources(product, project, [name || instance.name], instance.type);
  }
  return {
    instances: [resourceUrl(product, project, ['instances', instance.name])],
    instances_snapshots: [resourceUrl(product, project, ['instances', instance.name, 'snapshots', snapshot])],
  };
}
