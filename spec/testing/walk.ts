import { shape, outcome, plain } from './parity.js';
import { call, type Answer, type Ended } from './support.js';

/**
 * One request: `{name}` in it is a name that nobody else uses, `{image}` the fingerprint of an image that both servers have;
 * of a server that is to be told its own ETag, `If-Match: own`.
 */
export type Step = readonly [
  method: string,
  path: string,
  body?: object | string,
  headers?: Readonly<Record<string, string>>,
];

/** What one kind of thing is asked beside what every kind is. */
export interface Row {
  kind: string;
  /** Of one product alone. */
  only?: 'lxd' | 'incus';
  /** Its list. */
  path: string;
  /** What makes one, called `{name}`. */
  make: object;
  /** Is `{name}` to be short, as of a network? */
  isShort?: true;
  /** Have its lists no order? */
  isUnordered?: true;
  /** Has the list of what uses it no order? Both servers go through a map. */
  isUsedUnordered?: true;
  /** Are there only its steps, with what is before and after? */
  isBare?: true;
  /** Names that a new one may not have, or may. */
  names?: readonly string[];
  /**
   * A list of items: what is in a plain one, what else one can hold, and what is odd beside what is in a plain one. `make`
   * has two of them.
   */
  items?: { list: string; one: object; full: object; odd: readonly object[] };
  /** Requests before all others; before that one is there, after it was made, and when it is gone. */
  setUp?: readonly Step[];
  before?: readonly Step[];
  steps: readonly Step[];
  after?: readonly Step[];
  /** What a product is spared. */
  spared?: Partial<Record<'lxd' | 'incus', (step: Step) => boolean>>;
  /** The names that it is given after all else; none where a thing of such a name could not be taken away any more. */
  renames?: readonly string[];
  /** What is read after each write, beside the thing itself. */
  look?: readonly string[];
}

const queries = [
  '',
  '?recursion=1',
  '?recursion=2',
  '?filter=nope',
  '?filter=name+eq+{name}',
  '?filter=name+eq+x',
];
const scopes = ['?project=nope', '?all-projects=true', '?all-projects=true&project=default'];
const broken = ['', '{bad', '[]'];

/** What is asked before there is one: names and items, each in a new one that goes at once if it came to be. */
function probes({ path, names = [], items }: Row): Step[] {
  const { list = '', one = {}, odd = [] } = items ?? {};
  const shapes = items ? [{}, [1], [{}], [{ [Object.keys(one)[0]!]: 1 }]] : [];
  const lacking = Object.entries(one).map(([key, value]) => [{ [key]: value as unknown }]);
  const bodies = [
    ...names.map((name) => ({ name })),
    ...[...shapes, ...lacking, ...odd.map((more) => [{ ...one, ...more }])].map((value) => ({
      name: '{name}-x',
      [list]: value,
    })),
  ];
  return bodies.flatMap((body): Step[] => [
    ['POST', path, body],
    ['DELETE', `${path}/${body.name}`],
  ]);
}

/** The items of the one that is there, written twice over and in short. */
function rewritten({ path, items }: Row): Step[] {
  if (!items) return [];
  const { list, one } = items;
  return [
    ['PUT', `${path}/{name}`, { [list]: [one, one] }],
    ['PUT', `${path}/{name}`, { [list]: [one], description: 'y' }],
  ];
}

/** All that a row asks. */
function stepsOf(row: Row): Step[] {
  const { path, items, setUp = [], before = [], steps, after = [] } = row;
  if (row.isBare) return [...setUp, ...steps, ...after];
  const make = items ? { ...row.make, [items.list]: [{ ...items.one, ...items.full }, items.one] } : row.make;
  const one = `${path}/{name}`;
  const other = `${path}/{name}-b`;
  const post = (body: object | string): Step => ['POST', path, body];
  const missing = (['GET', 'PUT', 'PATCH', 'POST', 'DELETE'] as const).map((method): Step => [
    method,
    `${path}/{name}-no`,
    method === 'GET' ? undefined : { name: '{name}-x', config: {} },
  ]);
  const written = ['PUT', 'PATCH'].flatMap((method): Step[] => [
    ...broken.map((body): Step => [method, one, body]),
    ...['"x"', '""'].map((etag): Step => [method, one, {}, { 'If-Match': etag }]),
    [method, one, { description: method, config: {} }, { 'If-Match': 'own' }],
    [method, one, { config: { 'user.a': '1', 'user.b': '', 'user.c': null } }],
    [method, one, { config: { 'user.d': '1' } }],
    [method, one, { config: { 'user.a': 1 } }],
    ...['1', ''].map((value): Step => [method, one, { config: { 'tslxd.nope': value } }]),
    [method, one, { description: 'x', name: 'y' }],
    [method, one, {}],
  ]);
  const renamed = (row.renames ?? ['', '{name}/b', '{name}', '{name}-b']).map((name): Step => [
    'POST',
    one,
    { name },
  ]);
  return [
    ...setUp,
    ...[
      ...broken,
      {},
      { name: 1 },
      { name: '' },
      { name: 'a/b' },
      { ...make, config: { ...('config' in make && (make.config as object)), 'tslxd.nope': '' } },
    ].map(post),
    ...missing,
    ...before,
    ...probes(row),
    post(make),
    post(make),
    ...[...queries, ...scopes].map((query): Step => ['GET', path + query]),
    ...['?recursion=1', '?project=nope'].map((query): Step => ['GET', one + query]),
    ...steps,
    ...rewritten(row),
    ...written,
    ...renamed,
    ['POST', other, { name: '{name}' }],
    ['DELETE', one],
    ['GET', one],
    ...after,
    ['PATCH', path, {}],
  ];
}

/** One server on its walk. */
interface Walker {
  socketPath: string;
  /** The ETags that it gave last, by their paths. */
  etags: Map<string, string | undefined>;
}

type Said = Record<string, unknown>;

/** Whom a row is asked, and what is in the place of the words in braces. */
interface Asked {
  product: 'lxd' | 'incus';
  name: string;
  image: string;
}

/** What came of a walk. */
export interface Walked {
  compared: number;
  /** The requests to which the answers differ, with both, as far as they do. */
  odd: string[];
}

/** Asks both servers the same, one request after the other, and compares what they say. */
export async function walk(row: Row, asked: Asked, real: string, fake: string): Promise<Walked> {
  const { product, name, image } = asked;
  const servers = [real, fake].map((socketPath): Walker => ({ socketPath, etags: new Map() }));
  const walked: Walked = { compared: 0, odd: [] };
  const named = (text: string) => text.replaceAll('{name}', name).replaceAll('{image}', image);
  const both = async (step: Step) => {
    const seen: Said[] = [];
    for (const server of servers) seen.push(await ask(server, step, name, row));
    walked.compared++;
    const [ofReal, ofFake] = seen;
    const keys = Object.keys({ ...ofReal, ...ofFake });
    const differ = keys.filter((key) => JSON.stringify(ofReal![key]) !== JSON.stringify(ofFake![key]));
    if (differ.length === 0) return;
    const part = (said: Said) => JSON.stringify(Object.fromEntries(differ.map((key) => [key, said[key]])));
    const [method, path, body] = step;
    const text = typeof body === 'string' ? body : (JSON.stringify(body) ?? '');
    const request = `${method} ${path} ${text}`.trim();
    walked.odd.push(`${request}
  real: ${part(ofReal!)}
  fake: ${part(ofFake!)}`);
  };
  const steps = stepsOf(row).filter((step) => !row.spared?.[product]?.(step));
  for (const [method, path, body, headers] of steps) {
    const text = body === undefined || typeof body === 'string' ? body : named(JSON.stringify(body));
    const said = headers && Object.entries(headers).map(([key, value]) => [key, named(value)]);
    await both([method, named(path), text, said && (Object.fromEntries(said) as typeof headers)]);
    if (method === 'GET') continue;
    for (const target of [`${row.path}/{name}`, ...(row.look ?? [])]) await both(['GET', named(target)]);
  }
  return walked;
}

/** What a server says, without what is there by chance, and whether the ETag is another than before. */
async function ask(server: Walker, step: Step, name: string, row: Row): Promise<Said> {
  const { socketPath, etags } = server;
  const [method, path, body, headers = {}] = step;
  const own = headers['If-Match'] === 'own' && { 'If-Match': etags.get(path) ?? '' };
  let answer: Answer;
  try {
    answer = await call(socketPath, method, path, body, { ...headers, ...own });
  } catch (error) {
    return { dropped: (error as Error).message };
  }
  const isRead = method === 'GET';
  const isSame = etags.get(path) === answer.headers.etag;
  if (isRead) etags.set(path, answer.headers.etag);
  const { operation } = answer.body;
  if (operation) await call(socketPath, 'GET', `${operation}/wait`);
  const end = operation && ((await call(socketPath, 'GET', operation)).body.metadata as Ended);
  return {
    ...shape(answer),
    metadata: operation ? undefined : known(answer.body.metadata, name, row),
    ...(isRead && { etag: isSame ? 'as before' : 'another' }),
    ...(end && { ended: outcome(end) }),
  };
}

/** Hardware addresses: as they are written, as the last part of a bridge's id, and in addresses that are made of them. */
const hardware =
  /\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b|\b8000\.[0-9a-f]{12}\b|[0-9a-f]+:[0-9a-f]*ff:fe[0-9a-f]+:[0-9a-f]+/g;
const time = /20\d\d-\d\d-\d\dT[\d:.]+Z/g;

/** What was said, without times, sizes of the machine, and of lists what this walk has not made. */
function known(said: unknown, name: string, { isUnordered, isUsedUnordered }: Row): unknown {
  const text = (item: unknown) => masked(isUsedUnordered ? withSortedUses(item) : item);
  if (!Array.isArray(said)) return JSON.parse(text(said));
  const mine = said.filter((item) => JSON.stringify(item).includes(name)).map(text);
  return (isUnordered ? mine.sort() : mine).map((item) => JSON.parse(item) as unknown);
}

function withSortedUses(said: unknown): unknown {
  if (typeof said !== 'object' || said === null || !('used_by' in said)) return said;
  return { ...said, used_by: Array.isArray(said.used_by) ? [...said.used_by].sort() : said.used_by };
}

function masked(said: unknown): string {
  return plain(JSON.stringify(said) ?? 'null')!
    .replace(hardware, '…')
    .replace(time, (at) => (at.startsWith('2040') ? at : '…'))
    .replace(/\b\d{5,}\b/g, '0');
}
