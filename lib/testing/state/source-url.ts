/** One path segment as Go escapes it: stricter than a URL demands, other than `encodeURIComponent`. */
export function escapeSegment(segment: string): string {
  return encodeURIComponent(segment)
    .replace(/%(?:24|26|2B|3A|3D|40)/g, decodeURIComponent)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The path of a thing, with its project where that is not the default one. */
export function sourceUrl(project: string, path: readonly string[], escape = escapeSegment): string {
  const query = project === 'default' ? '' : `?project=${encodeURIComponent(project)}`;
  return `/1.0/${path.map(escape).join('/')}${query}`;
}
