/** What was asked, for messages and errors. */
export interface Asked {
  method: string;
  /** Path without its query, which may hold secrets. */
  path: string;
}

export function askedOf({ method, path }: Asked): Asked {
  return { method, path: path.replace(/\?.*$/s, '') };
}

/** What Node calls headers and paths that cannot go over the wire. */
export const unsendable = /^ERR_(INVALID|UNESCAPED|HTTP_INVALID)_/;
