const steps = ['', 'k', 'm', 'g', 't', 'p', 'e'];

/** A size as the servers write it, `5MiB`, `20MB` or a number of bytes; undefined for what is none. */
function bytesOf(text: unknown): number | undefined {
  const [, digits, step = '', binary] =
    /^(\d+)(?: bytes|([kmgtpe]?)(i?)B)?$/i.exec(typeof text === 'string' ? text : '') ?? [];
  return digits === undefined
    ? undefined
    : Number(digits) * (binary ? 1024 : 1000) ** steps.indexOf(step.toLowerCase());
}

/** Whether what has one size fits into what has the other: servers write a copy's in bytes, rounded up to their blocks. */
export function fitsInto(size: unknown, other: unknown): boolean {
  const [bytes, room] = [bytesOf(size), bytesOf(other)];
  return bytes === undefined || room === undefined ? size === other : bytes <= room;
}
