import { outcome, plain } from './parity.js';
import { call, type Answer, type Ended } from './support.js';

/** One request to a member of a cluster: `at` is its number, the first without it. */
export interface ClusterStep {
  at?: number;
  method: string;
  path: string;
  body?: object;
  /** What of the metadata is compared; all of it without. */
  only?: readonly string[];
  /** Has the list no order? */
  isUnordered?: true;
}

/** A cluster on its walk: the sockets of its members, and the addresses that they tell. */
export interface ClusterWalker {
  sockets: readonly string[];
  addresses: readonly string[];
}

/** What a cluster says to one step, without what is there by chance. */
export async function said(walker: ClusterWalker, step: ClusterStep): Promise<object> {
  const { at = 0, method, path, body } = step;
  const socket = walker.sockets[at]!;
  const answer = await call(socket, method, path, body);
  const operation = answer.body.operation?.split('?')[0];
  if (operation) await call(socket, 'GET', `${operation}/wait`);
  const ended = operation
    ? ((await call(socket, 'GET', operation)).body.metadata as (Ended & { location: string }) | undefined)
    : undefined;
  const { status } = answer;
  const { error, type } = answer.body;
  const seen = {
    status,
    type,
    ...(error && { error }),
    location: answer.headers.location,
    ...(!operation && type !== 'error' && { metadata: picked(answer, step) }),
    ...(ended && { ended: { ...outcome(ended), location: ended.location } }),
  };
  return JSON.parse(masked(walker, seen)) as object;
}

function picked({ body }: Answer, { isUnordered, only }: ClusterStep): unknown {
  const metadata: unknown = body.metadata;
  if (isUnordered && Array.isArray(metadata)) return metadata.map((one) => JSON.stringify(one)).sort();
  if (!only || typeof metadata !== 'object' || metadata === null) return metadata;
  const pick = (one: Record<string, unknown>) => Object.fromEntries(only.map((key) => [key, one[key]]));
  return Array.isArray(metadata)
    ? metadata.map((one) => pick(one as Record<string, unknown>))
    : pick(metadata as Record<string, unknown>);
}

const times = /20\d\d-\d\d-\d\dT[\d:.]+Z/g;
const hardware = /\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g;

/** The members that have something come in no order. */
const inOrder = (key: string, value: unknown): unknown =>
  key === 'locations' && Array.isArray(value) ? [...(value as string[])].sort() : value;

function masked({ addresses }: ClusterWalker, value: unknown): string {
  let text = plain(JSON.stringify(value, inOrder)) ?? 'null';
  for (const [index, address] of addresses.entries()) text = text.replaceAll(address, `<n${index + 1}>`);
  return text.replace(times, '…').replace(hardware, '…');
}
