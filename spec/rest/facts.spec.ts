import { readFileSync, readdirSync } from 'node:fs';
import { mergeEndpoints, reservedNames } from '../../lib/rest/facts/endpoint-merge.js';
import { endpointsFolder, generate } from '../../lib/rest/facts/generate.js';
import { readFacts, type EndpointFact } from '../../lib/rest/facts/read.js';

const facts = readFacts();
const merged = mergeEndpoints(facts);
const find = (method: string, path: string) =>
  merged.find((endpoint) => endpoint.method === method && endpoint.path === path);

describe('npm run generate', () => {
  const generated = generate();

  test.each([...generated.keys()])('%s is what the facts give', (file) => {
    // No toBe: its diff of 90 kB tells less than this.
    const isSame = readFileSync(new URL(file, endpointsFolder), 'utf8') === generated.get(file);
    expect(isSame ? file : `${file} is stale: run npm run generate`).toBe(file);
  });

  test('writes every generated file', () => {
    const present = readdirSync(endpointsFolder).filter((file) => file.endsWith('.generated.ts'));
    expect(present.sort()).toEqual([...generated.keys()].sort());
  });
});

describe('endpoints of both products', () => {
  test('are all there, each once', () => {
    const all = [...facts.endpoints.lxd, ...facts.endpoints.incus];
    const keyOf = ({ method, path }: Pick<EndpointFact, 'method' | 'path'>) =>
      `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`;
    expect(merged.map(keyOf).sort()).toEqual([...new Set(all.map(keyOf))].sort());
  });

  test('carry no parameter that is an option of client.request', () => {
    const names = merged.flatMap((endpoint) => endpoint.params);
    expect(names.filter((name) => reservedNames.includes(name))).toEqual([]);
  });

  test('a parameter named like an option stops the generator', () => {
    const bad: EndpointFact = {
      method: 'GET',
      path: '/1.0/{wait}',
      kind: 'sync',
      answer: null,
      query: [],
      since: '',
    };
    expect(() => mergeEndpoints({ ...facts, endpoints: { lxd: [bad], incus: [] } })).toThrow(
      '/1.0/{wait}: {wait} is a reserved option name',
    );
  });

  test("the parameters are LXD's, one spelling for all methods of a path", () => {
    const bucket = merged.filter(({ path }) =>
      /^\/1.0\/storage-pools\/\{\w+\}\/buckets\/\{\w+\}$/.test(path),
    );
    expect(new Set(bucket.map(({ path }) => path))).toEqual(
      new Set(['/1.0/storage-pools/{poolName}/buckets/{bucketName}']),
    );
  });

  test.each([
    ['GET', '/1.0/instances', 'sync', ['string[]']],
    ['PUT', '/1.0/instances/{name}/state', 'async', ['Operation']],
    ['PATCH', '/1.0/images/{fingerprint}', 'empty', ['null']],
    // Became async by extension, or is so by what is asked for.
    ['PUT', '/1.0/profiles/{name}', 'sync|async', ['null']],
    ['POST', '/1.0/certificates', 'sync|async', ['null']],
    ['POST', '/1.0/storage-pools/{poolName}/buckets', 'sync|async', ['StorageBucketKey']],
    ['GET', '/1.0/operations', 'sync', ['map<string,string[]>']],
    ['GET', '/1.0/images/{fingerprint}/export', 'raw', []],
    ['HEAD', '/1.0/instances/{name}/files', 'raw', []],
    ['GET', '/1.0/events', 'websocket', []],
    ['GET', '/1.0/instances/{name}/sftp', 'upgrade', []],
  ])('%s %s is %s', (method, path, kind, answers) => {
    expect(find(method, path)).toMatchObject({ kind, answers });
  });

  test('recursion of operations is a map by status', () => {
    expect(find('GET', '/1.0/operations')?.variants).toEqual(
      new Map([
        ['1', ['map<string,Operation[]>']],
        ['2', ['map<string,OperationFull[]>']],
      ]),
    );
  });

  test('undocumented query parameters and those of untrusted access are there', () => {
    expect(find('GET', '/1.0/images/{fingerprint}')?.query).toEqual(
      expect.arrayContaining(['secret', 'with-access-entitlements']),
    );
    expect(find('GET', '/1.0/auth/permissions')?.query).toContain('entity-type');
  });
});
