/** The parts of a request's target, not decoded: `%2F` in a name must not become a slash of the path. */
export interface Target {
  path: string;
  segments: string[];
  query: URLSearchParams;
}

/**
 * Takes the raw target of a request apart by hand: `new URL()` would follow `..`, even `%2e%2e`, as if it
 * were a step in the path, where the servers see a name.
 */
export function parseTarget(raw: string): Target {
  const [, path = '', query = ''] = /^(?:[a-z]+:\/\/[^/?#]*)?([^?#]*)(?:\?([^#]*))?/i.exec(raw) ?? [];
  return {
    path: path || '/',
    segments: (path || '/').slice(1).split('/'),
    query: new URLSearchParams(query),
  };
}
