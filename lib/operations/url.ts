const shape = /^\/[^/?#]+\/operations\/([^/?#]+)(?:\?[^#]*)?$/;

/** Whether this is the URL of an operation, as servers give it: `/1.0/operations/{id}`, with a query or without. */
export function isOperationUrl(url: string): boolean {
  return idFrom(url) !== undefined;
}

/** The id in the URL of an operation; undefined for any other. */
export function idFrom(url: string): string | undefined {
  const id = shape.exec(url)?.[1];
  try {
    return id && decodeURIComponent(id);
  } catch {
    return undefined;
  }
}
