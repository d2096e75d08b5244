import { isIP } from 'node:net';

/** One answer of a record; what is not said is nothing. */
export interface Entry {
  type?: string;
  ttl?: number;
  value?: string;
}

/** What a type takes after its name: so many words, of which the first is this. */
interface RecordData {
  most?: number;
  first?: { title: string; fits(word: string): boolean };
}

const types: Readonly<Record<string, RecordData>> = {
  A: { most: 1, first: { title: 'A', fits: (word) => isIP(word) === 4 } },
  AAAA: { most: 1, first: { title: 'AAAA', fits: (word) => isIP(word) === 6 } },
  CAA: {},
  CNAME: { most: 1 },
  MX: { most: 2, first: { title: 'Pref', fits: (word) => /^\d+$/.test(word) } },
  NS: { most: 1 },
  PTR: { most: 1 },
  SRV: { first: { title: 'Priority', fits: (word) => /^\d+$/.test(word) } },
  TXT: {},
};

/** What the servers say of the first entry that is none, or there twice. */
export function entriesProblem(entries: readonly Entry[]): string | undefined {
  const seen = new Set<string>();
  for (const entry of entries) {
    const wrong = entryProblem(entry);
    if (wrong !== undefined) return `Bad zone record entry: dns: ${wrong}`;
    const { type = '', value = '' } = entry;
    const id = JSON.stringify([type, value]);
    if (seen.has(id)) return `Duplicate record for type "${type}" and value "${value}"`;
    seen.add(id);
  }
  return undefined;
}

/** They have it read as a line of a zone file, and the reader says where in that line it stopped. */
function entryProblem({ type = '', ttl = 0, value = '' }: Entry): string | undefined {
  const head = `record ${ttl > 0 ? ttl : 300} IN `;
  const line = `${head}${type} ${value}`;
  const words = [...line.slice(head.length).matchAll(/\S+/g)].map(({ 0: word, index }) => {
    const end = head.length + index + word.length;
    return { word, at: end < line.length ? end + 1 : end };
  });
  const stopped = (title: string, found: (typeof words)[number] | undefined) => {
    const { word, at } = found ?? { word: '\n', at: line.length };
    return `${title}: ${JSON.stringify(word)} at line: 1:${at}`;
  };
  const [named, ...data] = words;
  const name = named?.word.toUpperCase() ?? '';
  if (!Object.hasOwn(types, name)) return stopped('unknown RR type', named);
  const { most = Infinity, first } = types[name]!;
  if (first && !first.fits(data[0]?.word ?? '')) return stopped(`bad ${name} ${first.title}`, data[0]);
  return data.length > most ? stopped('garbage after rdata', data[most]) : undefined;
}
