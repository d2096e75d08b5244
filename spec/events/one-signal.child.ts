// Run by one-signal.spec.ts: many calls that share one signal. Prints what Node warns of, and how many ended how.
import { Client, isLxdError } from '../../lib/index.js';

process.on('warning', (warning) => console.log(warning.name));

const [socketPath = '', operation = ''] = process.argv.slice(2);
const client = new Client({ socketPath });
const stop = new AbortController();
const { signal } = stop;
const web = client.instances.ref('web');
const many = <T>(make: (index: number) => T): T[] => Array.from({ length: 30 }, (_, index) => make(index));

const calls: Promise<unknown>[] = [
  ...many(() => client.events.listen({ types: ['logging'], signal }).next()),
  ...many((index) => (index % 2 ? client.profiles : client.instances).watch({ signal })).map(
    async (changes) => {
      for await (const change of changes) if (change.type === 'removed') break;
    },
  ),
  ...many(() => web.waitFor('running', { signal })),
  ...many(() => web.waitFor(({ description }) => description === 'done', { signal })),
  ...many(() => client.operations.ref(operation).wait({ signal })),
];
many(() => client.events.on('lifecycle', () => undefined, { signal }));
await client.events.ready();
setTimeout(() => stop.abort(), 300);
const results = await Promise.allSettled(calls);
const codes = results.map((result) =>
  result.status === 'rejected' && isLxdError(result.reason) ? result.reason.code : result.status,
);
console.log([...new Set(codes)].join());
await client.close();
