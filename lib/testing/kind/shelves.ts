/** Where things are kept, by the path of their list: what is below a thing moves and goes with it. */
export class Shelves {
  readonly #shelves = new Map<string, Map<string, unknown>>();

  /** The things of the list at this path, by their names. */
  at<T>(path: readonly string[]): Map<string, T> {
    const key = keyOf(path);
    const shelf = this.#shelves.get(key) ?? new Map<string, unknown>();
    this.#shelves.set(key, shelf);
    return shelf as Map<string, T>;
  }

  /** All lists, with their paths. */
  all(): [path: string[], shelf: Map<string, unknown>][] {
    return [...this.#shelves].map(([key, shelf]) => [key.split('/').map(decodeURIComponent), shelf]);
  }

  /** The paths of the lists that are below this one, and of this one, where anything is on them. */
  below(path: readonly string[]): string[][] {
    const key = keyOf(path);
    return [...this.#shelves].flatMap(([other, { size }]) => {
      const isBelow = other === key || other.startsWith(`${key}/`);
      return isBelow && size > 0 ? [other.split('/').map(decodeURIComponent)] : [];
    });
  }

  /** What is below one thing is below another from now on, or nowhere. */
  move(from: readonly string[], to?: readonly string[]): void {
    for (const path of this.below(from)) {
      const shelf = this.at(path);
      this.#shelves.delete(keyOf(path));
      if (to) this.#shelves.set(keyOf([...to, ...path.slice(from.length)]), shelf);
    }
  }
}

const keyOf = (path: readonly string[]): string => path.map(encodeURIComponent).join('/');
