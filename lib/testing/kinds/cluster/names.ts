/** What LXD says of a name that can stand for a device; undefined where it takes it. */
export function subjectName(name: string): string | undefined {
  if (name.length < 1 || name.length > 63) return 'Name must be 1-63 characters long';
  if (name.startsWith('.')) return 'Name must not start with "." character';
  if (/^[/.\-:\w]+$/.test(name)) return undefined;
  return 'Name can only contain alphanumeric, forward slash, hyphen, colon, underscore and full stop characters';
}

/** What it says of the name of a link. */
export function linkName(name: string): string | undefined {
  if (name === '') return 'Cluster link name cannot be empty';
  const odd = ['/', '?', '&', '+'].find((one) => name.includes(one));
  if (odd !== undefined) return `Cannot contain "${odd}"`;
  if (name === '.' || name === '..' || name.includes('..'))
    return `Invalid name "${name}", may not contain slashes or consecutive dots`;
  const [strange] = /[^\0-\x7f]/u.exec(name) ?? [];
  return strange === undefined ? undefined : `Name contains non-ASCII character '${strange}'`;
}
