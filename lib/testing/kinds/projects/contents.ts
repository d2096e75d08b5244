import type { Product, ProductName } from '../../products/product.js';
import type { ProjectRecord } from './project.js';

/** The lists whose things use a project, in the order in which it names them; `lasting` keep it from going. */
const quirks: Readonly<Record<ProductName, { lists: RegExp[]; lasting: RegExp; sorts: boolean }>> = {
  lxd: {
    lists: [/^instances$/, /^profiles$/, /^images$/, /\/volumes\/custom$/, /^networks$/, /^network-acls$/],
    lasting: /^(?!network-acls\/)/, // those go with it
    sorts: false,
  },
  incus: {
    lists: [
      /^(instances|profiles|images|networks|network-acls|network-zones)$/,
      /\/(volumes\/custom|buckets)$/,
    ],
    lasting: /^/,
    sorts: true,
  },
};

/** The paths of what is a project's own, without the version. */
function contentsOf({ shelves }: ProjectRecord, product: ProductName): string[][] {
  const all = shelves.all();
  return quirks[product].lists.flatMap((list) =>
    all
      .filter(([path]) => list.test(path.join('/')))
      .flatMap(([path, shelf]) => [...shelf.keys()].sort().map((name) => [...path, name])),
  );
}

/** The URLs of what is a project's own. */
export function usedBy(project: ProjectRecord, product: Product): string[] {
  const urls = contentsOf(project, product.name).map((path) => product.url(project.name, path));
  return quirks[product.name].sorts ? urls.sort() : urls;
}

/**
 * Is there nothing in a project that keeps it from being renamed and deleted? LXD 5.0 looks no further than to profiles
 * that are its own, so that volumes and networks are lost with it.
 */
export function isEmpty(project: ProjectRecord, { name, extensions }: Product): boolean {
  const paths = contentsOf(project, name).map((path) => path.join('/'));
  const isNewer = extensions.includes('projects_force_delete');
  const looksAway = name === 'lxd' && !isNewer && paths.includes('profiles/default');
  const lasting = isNewer ? /^/ : looksAway ? /^(instances|images|profiles)\// : quirks[name].lasting;
  return !paths.some((path) => path !== 'profiles/default' && lasting.test(path));
}
