import { unique } from './print.js';
import { products, type EndpointFact, type Facts, type Product } from './read.js';

/** An endpoint as both products together offer it. */
export interface MergedEndpoint {
  method: string;
  /** With LXD's parameter names where LXD has the path. */
  path: string;
  params: string[];
  query: string[];
  /** Wire types of the JSON body; empty where none is taken. */
  bodies: string[];
  rawBody: boolean;
  kind: string;
  /** Wire types of the synchronous answer, without recursion. */
  answers: string[];
  /** Wire types by recursion level. */
  variants: Map<string, string[]>;
  products: Product[];
}

/** Names that `client.request` keeps for itself, so that no path parameter may carry them. */
export const reservedNames: readonly string[] = [
  'query',
  'body',
  'headers',
  'signal',
  'timeout',
  'wait',
  'onProgress',
  'project',
  'target',
  'ifMatch',
];

type Sourced = EndpointFact & { product: Product };

/** A path whose parameters have no names. */
export const normalise = (path: string) => path.replaceAll(/\{\w+\}/g, '{}');

/** LXD's spelling of a path, its GET's first: its swagger is not of one mind about bucket paths. */
function spelling(facts: readonly Sourced[], path: string): string {
  const same = facts.filter((fact) => normalise(fact.path) === path);
  const lxd = same.filter((fact) => fact.product === 'lxd');
  const candidates = lxd.length > 0 ? lxd : same;
  return (candidates.find((fact) => fact.method === 'GET') ?? candidates[0])?.path ?? path;
}

function kindOf(facts: readonly Sourced[]): string {
  const kinds = new Set(
    facts.flatMap((fact) => [fact.kind, ...(fact.olderKinds ?? [])].flatMap((kind) => kind.split('|'))),
  );
  const special = ['raw', 'websocket', 'upgrade'].find((kind) => kinds.has(kind));
  if (special) return special;
  const settled = kinds.has('sync') || kinds.has('empty');
  if (kinds.has('async')) return settled ? 'sync|async' : 'async';
  return kinds.has('sync') ? 'sync' : 'empty';
}

/** What the metadata is when the answer is synchronous; an operation, which kind tells, is left out. */
function answersOf(kind: string, facts: readonly Sourced[]): string[] {
  if (kind === 'async') return ['Operation'];
  if (kind === 'empty') return ['null'];
  if (kind !== 'sync' && kind !== 'sync|async') return [];
  const named = unique(facts.flatMap((fact) => fact.answer?.split('|') ?? []));
  if (kind === 'sync') return named;
  const answers = named.filter((name) => name !== 'Operation');
  const wasEmpty = facts.some((fact) => [fact.kind, ...(fact.olderKinds ?? [])].includes('empty'));
  return answers.length === 0 || wasEmpty ? unique([...answers, 'null']) : answers;
}

function merge(facts: readonly Sourced[], path: string): MergedEndpoint {
  const [first] = facts;
  if (!first) throw new Error(`no facts about ${path}`);
  const plain = facts.filter((fact) => fact.variant === undefined);
  const params = [...path.matchAll(/\{(\w+)\}/g)].flatMap((match) => match[1] ?? []);
  for (const name of params) {
    if (reservedNames.includes(name)) throw new Error(`${path}: {${name}} is a reserved option name`);
  }
  if (new Set(params).size < params.length) throw new Error(`${path}: a parameter is there twice`);
  const variants = new Map<string, string[]>();
  for (const fact of facts) {
    const level = /^recursion=(\d)$/.exec(fact.variant ?? '')?.[1];
    if (level && fact.answer)
      variants.set(level, unique([...(variants.get(level) ?? []), ...fact.answer.split('|')]));
  }
  const kind = kindOf(plain);
  return {
    method: first.method,
    path,
    params,
    query: unique(facts.flatMap((fact) => fact.query)).sort(),
    bodies: unique(plain.flatMap((fact) => (fact.body && fact.body !== 'raw' ? [fact.body] : []))),
    rawBody: plain.some((fact) => fact.rawBody === true || fact.body === 'raw'),
    kind,
    answers: answersOf(kind, plain),
    variants,
    products: products.filter((product) => facts.some((fact) => fact.product === product)),
  };
}

/** All endpoints of both products, one for each method and path. */
export function mergeEndpoints(facts: Facts): MergedEndpoint[] {
  const all = products.flatMap((product) => facts.endpoints[product].map((fact) => ({ ...fact, product })));
  const groups = new Map<string, Sourced[]>();
  for (const fact of all) {
    const key = `${normalise(fact.path)} ${fact.method}`;
    groups.set(key, [...(groups.get(key) ?? []), fact]);
  }
  return [...groups.keys()].sort().map((key) => {
    const group = groups.get(key) ?? [];
    return merge(group, spelling(all, normalise(group[0]?.path ?? '')));
  });
}
