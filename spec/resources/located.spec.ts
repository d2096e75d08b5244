import type { IncomingMessage, ServerResponse } from 'node:http';
import { Client, ConflictError, InvalidInputError, NetworkForward, StorageBucket, type Model } from 'tslxd';
import { ScriptedDaemon } from '../support/scripted-daemon.js';

const forwards = '/1.0/networks/br0/forwards';
const balancers = '/1.0/networks/br0/load-balancers';
const buckets = '/1.0/storage-pools/local/buckets';
const extensions = ['network_forward', 'network_load_balancer', 'storage_buckets'];

/** A server of a cluster of which two members have a thing under one key. */
class Member extends ScriptedDaemon {
  readonly asked: string[] = [];

  protected override answer({ method, url = '' }: IncomingMessage, response: ServerResponse): void {
    this.asked.push(`${method} ${url}`);
    const { pathname, searchParams } = new URL(url, 'http://x');
    const say = (metadata: object) =>
      response.end(JSON.stringify({ type: 'sync', status_code: 200, metadata }));
    const told = { config: {}, description: '', ports: [], backends: [], listen_address: '2001:db8::5' };
    const one = (location: string) => ({ ...told, name: 'data', location });
    const target = searchParams.get('target');
    if (pathname === '/1.0') {
      const environment = { server: 'incus' };
      say({ api_extensions: ['dev_incus_events', ...extensions], environment, auth: 'trusted' });
    } else if (method !== 'GET') say({});
    else if ([forwards, balancers].includes(pathname) || pathname === buckets) say([one('n1'), one('n2')]);
    else if (target !== null) say(one(target));
    else {
      const error = 'Found on more than one cluster member. Please target a specific member';
      response.writeHead(409, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ type: 'error', error_code: 409, error, metadata: null }));
    }
  }

  protected override connect(_request: IncomingMessage, socket: { destroy(): void }): void {
    socket.destroy();
  }
}

class OurForward extends NetworkForward {}
class OurBucket extends StorageBucket {}

interface Things {
  get(key: string, options?: { target?: string }): Promise<Model & { location: string; delete(): unknown }>;
  exists(key: string): Promise<boolean>;
  ensure(key: string, input: object, options: { dryRun: true }): Promise<unknown>;
}

describe('things of which each is on a cluster member', () => {
  const member = new Member();
  let client: Client;
  beforeAll(() => member.listen());
  beforeEach(() => {
    client = new Client({ socketPath: member.socketPath });
  });
  afterEach(() => client.close());
  afterAll(() => member.stop());

  const network = () => client.networks.ref('br0');
  const pool = () => client.storagePools.ref('local');
  it.each<[string, () => Things, string, string]>([
    ['forwards', () => network().forwards, '2001:DB8:0::5', `${forwards}/2001%3Adb8%3A%3A5`],
    ['forwards of a subclass', () => network().forwards.as(OurForward), '2001:db8::5', forwards],
    ['load balancers', () => network().loadBalancers, '2001:db8:0::5', `${balancers}/2001%3Adb8%3A%3A5`],
    ['buckets', () => pool().buckets, 'data', `${buckets}/data`],
    ['buckets of a subclass', () => pool().buckets.as(OurBucket), 'data', `${buckets}/data`],
  ])('%s: a target says which, and an error names the members', async (_, things, key, path) => {
    for (const work of [
      () => things().get(key),
      () => things().exists(key),
      () => things().ensure(key, {}, { dryRun: true }),
    ])
      await expect(work()).rejects.toThrow(/n1 and n2 have one; get\('.+', \{ target: 'n1' \}\) says which/);
    await expect(things().get(key)).rejects.toThrow(ConflictError);
    await expect(things().get(key, { target: '' })).rejects.toThrow(InvalidInputError);
    const one = await things().get(key, { target: 'n2' });
    expect([one.location, one.key]).toEqual(['n2', key === 'data' ? key : '2001:db8::5']);
    await one.delete();
    expect(member.asked.at(-1)).toMatch(`DELETE ${path}`);
    expect(member.asked.at(-1)).toMatch(/\?target=n2$/);
  });
});
