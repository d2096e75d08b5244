/** What every manager has. */
export interface Managing {
  ref(key: string): object;
}

/** A manager, where it hangs: `networks.acls` on another manager, `networks[].forwards` on what one makes. */
export interface Hanging {
  place: string;
  manager: Managing;
}

/** Keys of the shapes that there are: a name, one with what it belongs to, an address. */
const keys = ['a', 'a/b', 'a/b/c', '192.0.2.1'];

/** All managers of a client, and what hangs on them and on their models. */
export function managersUnder(client: object): Hanging[] {
  const found: Hanging[] = [];
  const seen = new Set<object>();
  const visit = (owner: object, place: string) => {
    for (const [name, manager] of managersOf(owner)) {
      const own = place === '' ? name : `${place}.${name}`;
      found.push({ place: own, manager });
      const model = keys.flatMap((key) => attempt(() => manager.ref(key)))[0];
      for (const [next, at] of [[manager, own], ...(model ? [[model, `${own}[]`]] : [])] as [
        object,
        string,
      ][]) {
        const Class = Object.getPrototypeOf(next) as object;
        // Containers are instances, and what hangs on those is walked once.
        if (seen.has(Class) && next !== manager) continue;
        seen.add(Class);
        visit(next, at);
      }
    }
    // What only holds managers, as `client.auth` does.
    for (const [name, shelf] of gettersOf(owner)) {
      const isShelf = typeof shelf === 'object' && shelf !== null && !('ref' in shelf) && !('key' in shelf);
      if (isShelf && managersOf(shelf).length > 0) visit(shelf, place === '' ? name : `${place}.${name}`);
    }
  };
  visit(client, '');
  return found;
}

/** The managers that hang on an object, by the names under which they do. */
export function managersOf(owner: object): [string, Managing][] {
  return gettersOf(owner).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && 'ref' in value ? [[name, value as Managing]] : [],
  );
}

/** What its properties and getters give. */
function gettersOf(owner: object): [string, unknown][] {
  const names = new Set(Object.keys(owner));
  for (let at = owner; at && at !== Object.prototype; at = Object.getPrototypeOf(at) as object)
    for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (get) names.add(name);
  return [...names].flatMap((name) =>
    attempt((): [string, unknown] => [name, (owner as Record<string, unknown>)[name]]),
  );
}

/** What it gives, or nothing where it throws. */
export function attempt<T>(work: () => T): T[] {
  try {
    return [work()];
  } catch {
    return []; // of what has not been fetched
  }
}
