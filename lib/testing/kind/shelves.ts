import { here } from '../cluster/here.js';
import type { MemberRecord } from '../cluster/records.js';

/** What each member of a cluster has its own of: a name may be there once on each. */
const ofMembers = /^(?:storage-pools\/[^/]+\/volumes|networks\/[^/]+\/forwards)(?:\/|$)/;

interface Shelf {
  path: readonly string[];
  /** Whose it is; nobody's, where all members have the same, or the server is alone. */
  member: MemberRecord | undefined;
  things: Map<string, unknown>;
}

/** Where things are kept, by the path of their list: what is below a thing moves and goes with it. */
export class Shelves {
  readonly #shelves = new Map<string, Shelf>();

  /** The things of the list at this path, by their names: those of the member that is at work, where each has its own. */
  at<T>(path: readonly string[], member = here.getStore()): Map<string, T> {
    const owner = ofMembers.test(pathKey(path)) ? member : undefined;
    const key = keyOf(path, owner);
    const shelf = this.#shelves.get(key) ?? { path: [...path], member: owner, things: new Map() };
    this.#shelves.set(key, shelf);
    return shelf.things as Map<string, T>;
  }

  /** What each member is to have its own of from now on, this one has so far. */
  give(member: MemberRecord): void {
    for (const [key, shelf] of this.#shelves) {
      if (shelf.member || !ofMembers.test(key)) continue;
      this.#shelves.delete(key);
      this.#shelves.set(keyOf(shelf.path, member), { ...shelf, member });
    }
  }

  /** All lists, with their paths. */
  all(): [path: string[], shelf: Map<string, unknown>][] {
    return [...this.#shelves.values()].map(({ path, things }) => [[...path], things]);
  }

  /** The paths of the lists that are below this one, and of this one, where anything is on them. */
  below(path: readonly string[]): string[][] {
    return this.#below(path)
      .filter(({ things }) => things.size > 0)
      .map((shelf) => [...shelf.path]);
  }

  /** What is below one thing is below another from now on, or nowhere. */
  move(from: readonly string[], to?: readonly string[]): void {
    for (const { path, member, things } of this.#below(from)) {
      this.#shelves.delete(keyOf(path, member));
      if (!to) continue;
      const moved = [...to, ...path.slice(from.length)];
      this.#shelves.set(keyOf(moved, member), { path: moved, member, things });
    }
  }

  /** Of what each member has its own of, those of the one that is at work; of all, what is above that. */
  #below(path: readonly string[]): Shelf[] {
    const key = pathKey(path);
    const member = ofMembers.test(key) ? here.getStore() : undefined;
    return [...this.#shelves.values()].filter((shelf) => {
      const other = pathKey(shelf.path);
      const isBelow = other === key || other.startsWith(`${key}/`);
      return isBelow && (member === undefined || shelf.member === member);
    });
  }
}

const pathKey = (path: readonly string[]): string => path.map(encodeURIComponent).join('/');
const keyOf = (path: readonly string[], member: MemberRecord | undefined): string =>
  member ? `${pathKey(path)}@${member.id}` : pathKey(path);
