/** Whether a server is of a cluster, after something that it has answered; undefined where that says nothing. */
export function clusteredAfter(metadata: unknown): boolean | undefined {
  const one: unknown = Array.isArray(metadata) ? metadata[0] : metadata;
  if (typeof one !== 'object' || one === null) return undefined;
  const { location, environment } = one as {
    location?: unknown;
    environment?: { server_clustered?: unknown };
  };
  const said = environment?.server_clustered;
  if (typeof said === 'boolean') return said;
  // Of instances, volumes, operations: the member's name.
  return typeof location === 'string' && location !== '' ? location !== 'none' : undefined;
}
