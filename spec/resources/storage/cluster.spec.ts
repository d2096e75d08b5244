import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { Client, ConflictError, InvalidInputError, TimeoutError, UnsupportedError } from 'tslxd';
import { ScriptedDaemon } from '../../support/scripted-daemon.js';

const several = 'More than one cluster member has a volume named "v". Please target a specific member';
const path = '/1.0/storage-pools/local/volumes/custom/v';

type Said = object | { error: string; code: number };

/** A server of a cluster, which says what it is told to. */
class Member extends ScriptedDaemon {
  readonly asked: { line: string; body: unknown }[] = [];
  /** What is said of the volume without a target, one after the other; the last one again and again. */
  told: Said[] = [];
  extensions = ['cluster_internal_custom_volume_copy', 'storage_volumes_all_projects'];

  protected override async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const { method = '', url = '' } = request;
    this.asked.push({ line: `${method} ${url}`, body: body ? (JSON.parse(body) as unknown) : undefined });
    const said = this.#said(method, url);
    const isBad = 'error' in said;
    response.writeHead(isBad ? (said as { code: number }).code : 200, { 'content-type': 'application/json' });
    const bad = { type: 'error', error_code: 500, metadata: null, ...said };
    response.end(JSON.stringify(isBad ? bad : { type: 'sync', status_code: 200, metadata: said }));
  }

  #said(method: string, url: string): Said {
    const { pathname, searchParams } = new URL(url, 'http://x');
    if (pathname === '/1.0')
      return {
        api_extensions: ['dev_incus_events', ...this.extensions],
        environment: { server: 'incus' },
        auth: 'trusted',
      };
    if (method !== 'GET') return {};
    if (pathname.endsWith('/backups')) return [];
    if (pathname.endsWith('/volumes')) return [volume('n1'), volume('n2'), { ...volume('n3'), name: 'w' }];
    const target = searchParams.get('target');
    if (target !== null) return volume(target);
    return this.told.length > 1 ? this.told.shift()! : this.told[0]!;
  }

  protected override connect(_request: IncomingMessage, socket: { destroy(): void }): void {
    socket.destroy();
  }

  linesSince(count: number): string[] {
    return this.asked.slice(count).map(({ line }) => line);
  }
}

function volume(location: string) {
  return {
    ...{
      name: 'v',
      type: 'custom',
      content_type: 'filesystem',
      description: 'd',
      project: 'default',
      location,
    },
    ...{ config: { 'user.a': '1' }, used_by: [] },
  };
}

describe('volumes of a cluster', () => {
  const member = new Member();
  let client: Client;
  const volumes = () => client.storagePools.ref('local').volumes;
  const missing = { error: 'Storage pool volume not found', code: 404 };

  beforeAll(() => member.listen());
  beforeEach(() => {
    client = new Client({ socketPath: member.socketPath });
  });
  afterEach(() => client.close());
  afterAll(() => member.stop());

  it('two of one name: a target says which, and an error names the members', async () => {
    member.told = [{ error: several, code: 500 }];
    const error = await volumes()
      .get('v')
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConflictError);
    expect((error as Error).message).toMatch(/n1 and n2 have one; get\('v', \{ target: 'n1' \}\)/);
    await expect(volumes().exists('v')).rejects.toThrow(ConflictError);
    const before = member.asked.length;
    const one = await volumes().get('v', { target: 'n2' });
    expect(one.location).toBe('n2');
    expect(await volumes().exists('v', { target: 'n1' })).toBe(true);
    await one.fetch();
    await (await client.storagePools.volumes.get('local/custom/v', { target: 'n1' })).fetch();
    expect(member.linesSince(before)).toEqual(
      ['n2', 'n1', 'n2', 'n1', 'n1'].map((to) => `GET ${path}?target=${to}`),
    );
    await expect(volumes().get('v', { target: '' })).rejects.toThrow(InvalidInputError);
    await expect(volumes().get('v', { nope: 1 } as never)).rejects.toThrow(InvalidInputError);
  });

  it('a move to another member is over when its location says so', async () => {
    member.told = [volume('n1')];
    const one = await volumes().get('v');
    member.told = [volume('n1'), volume('n1'), { error: several, code: 500 }, missing, volume('n2')];
    const before = member.asked.length;
    await one.move({ target: 'n2' });
    expect(one.location).toBe('n2');
    const post = member.asked.find(({ line }) => line === `POST ${path}?target=n2`);
    expect(post?.body).toEqual({ name: 'v', pool: 'local', migration: true, source: { location: 'n1' } });
    expect(member.linesSince(before).filter((line) => line === `GET ${path}`).length).toBeGreaterThan(3);
    await one.fetch();
    expect(member.asked.at(-1)?.line).toBe(`GET ${path}?target=n2`);
    await expect(one.move({ target: 'n2' })).rejects.toThrow(/is on the member 'n2' already/);
  });

  it('a move that does not come to its end is over when the time is', async () => {
    member.told = [volume('n1')];
    const one = await volumes().get('v', { target: 'n1' });
    await expect(one.move({ target: 'n2', timeout: 700 })).rejects.toThrow(TimeoutError);
  });

  it('a copy to another member brings config and description', async () => {
    member.told = [volume('n1')];
    const one = await volumes().get('v', { target: 'n1' });
    const copy = await one.copy('v', { target: 'n2' });
    expect(copy.location).toBe('n2');
    const post = member.asked.findLast(({ line }) => line.startsWith('POST'));
    expect(post?.line).toBe('POST /1.0/storage-pools/local/volumes/custom?target=n2');
    expect(post?.body).toMatchObject({
      ...{ name: 'v', description: 'd', config: { 'user.a': '1' } },
      source: { type: 'copy', name: 'v', pool: 'local', project: 'default', location: 'n1' },
    });
  });

  it('where a server cannot, nothing is written', async () => {
    member.extensions = [];
    member.told = [volume('n1')];
    await using other = new Client({ socketPath: member.socketPath });
    const one = await other.storagePools.ref('local').volumes.get('v');
    const before = member.asked.length;
    await expect(one.move({ target: 'n2' })).rejects.toThrow(UnsupportedError);
    await expect(one.copy('v', { target: 'n2' })).rejects.toThrow(UnsupportedError);
    expect(member.linesSince(before).filter((line) => !line.startsWith('GET'))).toEqual([]);
  });
});
