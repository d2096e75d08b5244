import { same, type Json } from './json.js';

/** Whether both lists have the same, in any order. */
export function sameSets(a: Json, b: Json): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return same(a, b);
  const [left, right] = [new Set(a), new Set(b)];
  return left.size === right.size && [...left].every((item) => right.has(item));
}

/** What either side added is in, and what either took away is out: two edits never contradict each other. */
export function mergeSets(base: Json, mine: Json, theirs: Json): Json {
  const [was, ours, other] = [base, mine, theirs].map((list) => new Set(Array.isArray(list) ? list : [])) as [
    Set<Json>,
    Set<Json>,
    Set<Json>,
  ];
  const kept = [...other].filter((item) => !was.has(item) || ours.has(item));
  return [...kept, ...[...ours].filter((item) => !was.has(item) && !other.has(item))];
}
