/**
 * Gives classes the names under which they stand here: minifiers rename classes, but not the keys of an object. Errors
 * get it as built-in ones have theirs, so that `error.name = '…'` works.
 */
export function named(classes: Readonly<Record<string, { prototype: object }>>): void {
  for (const [value, Class] of Object.entries(classes)) {
    Object.defineProperty(Class, 'name', { value, configurable: true });
    if (!(Class.prototype instanceof Error)) continue;
    Object.defineProperty(Class.prototype, 'name', { value, configurable: true, writable: true });
  }
}
