import type { Member } from './addresses.js';

/** What is answered by the member that has it, to which all others hand it on; lists are put together without those away. */
const handedOn = [
  /^\/1\.0\/(?:instances|containers|virtual-machines)\/[^/?]/,
  /^\/1\.0\/operations\/[^/?]/,
  /^\/1\.0\/storage-pools\/[^/]+\/(?:volumes|buckets)\/[^/?]/,
];

/** Where a new instance is made, unless it is said. */
const creations = /^\/1\.0\/(?:instances|containers|virtual-machines)(?:\?|$)/;

/** Whether a request may be one that a member has to answer: it is named, or has the thing perhaps. */
export function mayBeOn({ method, path }: { method: string; path: string }, { name }: Member): boolean {
  const target = new URLSearchParams(path.split('?')[1]).get('target');
  if (handedOn.some((paths) => paths.test(path))) return true; // wherever it is to go
  if (target !== null) return target === name || target.startsWith('@');
  return method === 'POST' && creations.test(path);
}
