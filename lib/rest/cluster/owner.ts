import type { Member } from './addresses.js';

/** What is answered by the member that has it, to which all others hand it on; lists are put together without those away. */
const handedOn = [
  /^\/1\.0\/(?:instances|containers|virtual-machines)\/([^/?]+)/,
  /^\/1\.0\/operations\/([^/?]+)/,
  /^\/1\.0\/storage-pools\/[^/]+\/(?:volumes|buckets)\/[^/?]/,
];

/** Where a new instance is made, unless it is said. */
const creations = /^\/1\.0\/(?:instances|containers|virtual-machines)(?:\?|$)/;

/** What the members are asked for one by one: it waits for those that hang, until they are listed as offline. */
const gathered = /^\/1\.0\/(?:instances|containers|virtual-machines|operations)(?:\?|$)/;

/** As many places are remembered. */
const most = 20_000;

/** Which member has what, as far as answers have told. */
export class Owners {
  readonly #places = new Map<string, string>();

  /** Told what was answered: an instance, an operation, a list of either. */
  heard(metadata: unknown): void {
    for (const one of Array.isArray(metadata) ? (metadata as unknown[]) : [metadata]) {
      if (typeof one !== 'object' || one === null) return;
      const { id, name, project, location, class: operation } = one as Record<string, unknown>;
      if (typeof location !== 'string' || location === '') continue;
      if (this.#places.size >= most) this.#places.clear();
      if (operation !== undefined && typeof id === 'string') this.#places.set(id, location);
      else if (typeof name === 'string' && typeof project === 'string')
        this.#places.set(`${project}/${name}`, location);
    }
  }

  /** The name of the member that a request is for, if it is known. */
  of(path: string): string | undefined {
    const query = new URLSearchParams(path.split('?')[1]);
    const [instance, operation] = handedOn.map((paths) => paths.exec(path)?.[1]);
    if (operation !== undefined) return this.#places.get(operation);
    if (instance === undefined) return query.get('target') ?? undefined;
    return this.#places.get(`${query.get('project') ?? 'default'}/${decoded(instance)}`);
  }
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Whether a request may be one that a member has to answer: it is named, or has the thing perhaps. */
export function mayBeOn({ method, path }: { method: string; path: string }, { name }: Member): boolean {
  if (handedOn.some((paths) => paths.test(path))) return true; // wherever it is to go
  const target = new URLSearchParams(path.split('?')[1]).get('target');
  if (target !== null) return target === name || target.startsWith('@');
  return method === 'POST' && creations.test(path);
}

/** Whether the members are asked one by one for what is to be answered. */
export function isGathered({ method, path }: { method: string; path: string }): boolean {
  return method === 'GET' && gathered.test(path);
}
