import type { IncomingMessage, ServerResponse } from 'node:http';
import { Client, ClusterMemberError, InvalidInputError, NotFoundError, UnsupportedError } from 'tslxd';
import { ScriptedDaemon } from '../../support/scripted-daemon.js';
import { rejection, watching } from '../support.js';
import { ClusterDaemon } from './cluster-daemon.js';

/** A cluster with one volume, which its member has; others forward to it. */
class VolumeDaemon extends ScriptedDaemon {
  readonly asked: string[] = [];
  member = 'n1';
  product = 'lxd';
  /** What of it a list of its snapshots tells. */
  snapshots: string[] = [];

  protected override answer({ method, url = '' }: IncomingMessage, response: ServerResponse): void {
    this.asked.push(`${method} ${url}`);
    const { pathname, searchParams } = new URL(url, 'http://x');
    const target = searchParams.get('target') ?? this.member;
    const volume = { name: 'v', type: 'custom', location: this.member, content_type: 'filesystem' };
    const say = (metadata: unknown) =>
      response.end(JSON.stringify({ type: 'sync', status_code: 200, metadata }));
    const [, pool = '', path = ''] = /^\/1\.0\/storage-pools\/([^/]+)\/volumes(.*)$/.exec(pathname) ?? [];
    const environment = { server: this.product, server_clustered: true };
    if (pathname === '/1.0') say({ auth: 'trusted', api_extensions: ['clustering'], environment });
    else if (pool !== '' && path === '/custom')
      say([volume, { ...volume, name: 'v/one' }, { ...volume, name: 'v/two', location: 'n9' }]);
    else if (path === '/custom/v/snapshots') say(this.snapshots.map((name) => ({ name: `v/${name}` })));
    else if (path === '/custom/v/snapshots/one') say({ name: 'one', description: 'read by itself' });
    else if (target === this.member && path === '/custom/v') say(volume);
    else {
      response.writeHead(404, { 'content-type': 'application/json' });
      const error = 'Storage volume not found';
      response.end(JSON.stringify({ type: 'error', error_code: 404, error, metadata: null }));
    }
  }

  protected override connect(_request: IncomingMessage, socket: { destroy(): void }): void {
    socket.destroy();
  }
}

describe('what a volume on another member is', () => {
  const daemon = new VolumeDaemon();
  let client: Client;
  beforeAll(() => daemon.listen());
  beforeEach(() => {
    daemon.member = 'n1';
    daemon.product = 'lxd';
    daemon.snapshots = [];
    daemon.asked.length = 0;
    client = new Client({ socketPath: daemon.socketPath });
  });
  afterEach(() => client.close());
  afterAll(() => daemon.stop());

  it('a model of a name learns where it is, follows it to another member, and says when it is gone', async () => {
    const volume = client.storagePools.ref('p').volumes.ref('v');
    await volume.fetch();
    await volume.fetch();
    expect(daemon.asked.map((line) => line.replace(/^.*\/v\b/, 'v'))).toEqual(['v', 'v?target=n1']);
    daemon.member = 'n2';
    expect((await volume.fetch()).location).toBe('n2');
    await volume.delete();
    expect(daemon.asked.at(-1)).toMatch(/^DELETE .*\/v\?target=n2$/);
    const other = client.storagePools.ref('p').volumes.ref('v2');
    await rejection(other.fetch(), NotFoundError);
  });

  it('that its usage is its member’s to tell is said', async () => {
    const { volumes } = client.storagePools.ref('p');
    const volume = await volumes.get('v');
    const error = await rejection(volume.state(), UnsupportedError);
    expect(error.message).toContain("the cluster member 'n1', which alone tells");
    await rejection(volumes.ref('gone').state(), NotFoundError);
  });

  it('its snapshots are found where LXD 5.0 lists none of them', async () => {
    const { volumes } = client.storagePools.ref('p');
    const { snapshots } = await volumes.get('v');
    expect(await snapshots.names()).toEqual(['one']);
    expect((await snapshots.all()).map(({ description }) => description)).toEqual(['read by itself']);
    daemon.snapshots = ['three'];
    expect(await snapshots.names()).toEqual(['three']);
    daemon.snapshots = [];
    daemon.product = 'incus';
    await client.server.fetch();
    expect(await snapshots.names()).toEqual([]);
  });
});

describe('what each member has of its own', () => {
  let daemon: ClusterDaemon;
  let client: Client;
  beforeEach(async () => {
    daemon = new ClusterDaemon();
    await daemon.listen();
    client = new Client({ socketPath: daemon.socketPath });
    const locations = ['n1', 'n2', 'n3'];
    const body = { driver: 'btrfs', config: { size: '1GiB', 'user.a': 'b' } };
    daemon.things.set('p', { status: 'Created', locations, body });
  });
  afterEach(async () => {
    await client.close();
    await daemon.stop();
  });

  it('is saved with its member, and nothing else is', async () => {
    const pool = await client.storagePools.get('p', { target: 'n2' });
    pool.config.size = '2GiB';
    await pool.save({ verify: false });
    expect(daemon.written).toEqual(['PATCH /1.0/storage-pools/p?target=n2 {"config":{"size":"2GiB"}}']);
    pool.config['user.a'] = 'c';
    const error = await rejection(pool.save(), InvalidInputError);
    expect(error.message).toBe(
      "Storage pool 'p': config 'user.a' is the same on all cluster members: change it without the target n2",
    );
    await rejection(pool.save({ dryRun: true }), InvalidInputError);
    expect(daemon.written).toHaveLength(1);
  });

  it('is not saved without its member', async () => {
    const pool = await client.storagePools.get('p');
    delete pool.config.size;
    const error = await rejection(pool.save(), InvalidInputError);
    expect(error.message).toBe(
      "Storage pool 'p': each cluster member has a config 'size' of its own: change that of get(name, { target: 'member' })",
    );
    pool.revert().config['user.a'] = 'c';
    await pool.save({ verify: false });
    expect(daemon.written).toEqual(['PATCH /1.0/storage-pools/p {"config":{"user.a":"c"}}']);
  });

  it('of a single server is saved as all else', async () => {
    daemon.things.get('p')!.locations = ['none'];
    const pool = await client.storagePools.get('p');
    pool.config.size = '2GiB';
    await pool.save({ verify: false });
    expect(daemon.written).toEqual(['PATCH /1.0/storage-pools/p {"config":{"size":"2GiB"}}']);
  });

  it('is told by all members, but for those that are away or fail', async () => {
    daemon.states.n2 = 'Offline';
    daemon.refuse = (asked) => {
      if (asked.includes('target=n3')) return { status: 500, error: 'no such device' };
      return undefined;
    };
    daemon.told = true;
    const pool = client.storagePools.ref('p');
    const { members, failed } = await pool.resources({ allMembers: true });
    expect([...members.keys()]).toEqual(['n1']);
    expect(failed.get('n2')).toBeInstanceOf(ClusterMemberError);
    expect(failed.get('n3')?.message).toContain('no such device');
    const all = await client.server.resources({ allMembers: true });
    expect([...all.members.keys()]).toEqual(['n1']);
    daemon.clustered = false;
    expect([...(await client.server.resources({ allMembers: true })).members.keys()]).toEqual(['none']);
    await rejection(pool.resources({ members: true } as object), InvalidInputError);
  });
});

/** Two members of which each has a volume of one name. */
class TwinDaemon extends ScriptedDaemon {
  readonly members = new Set(['n1', 'n2']);
  readonly asked: string[] = [];

  protected override answer({ method, url = '' }: IncomingMessage, response: ServerResponse): void {
    this.asked.push(`${method} ${url}`);
    const environment = { server: 'incus', server_clustered: true };
    const list = [...this.members].map((location) => ({ name: 'v', type: 'custom', location }));
    const metadata =
      url === '/1.0' ? { auth: 'trusted', api_extensions: ['dev_incus_events'], environment } : list;
    response.end(JSON.stringify({ type: 'sync', status_code: 200, metadata }));
  }

  protected override connect(...[request, socket, head]: Parameters<ScriptedDaemon['connect']>): void {
    this.upgrade.handleUpgrade(request, socket, head, (websocket) => this.websockets.add(websocket));
  }

  tell(action: string): void {
    const metadata = { action, source: '/1.0/storage-pools/p/volumes/custom/v' };
    const event = { type: 'lifecycle', timestamp: new Date().toISOString(), project: 'default', metadata };
    for (const websocket of this.websockets) websocket.send(JSON.stringify(event));
  }
}

it('a watch tells of things of one name on two members as two', async () => {
  const daemon = new TwinDaemon();
  await daemon.listen();
  const client = new Client({ socketPath: daemon.socketPath });
  try {
    const { volumes } = client.storagePools.ref('p');
    const told: string[] = [];
    await using seen = watching({
      watch: (options) => {
        const watch = volumes.watch(options);
        return (async function* () {
          for await (const change of watch) {
            if ('model' in change) told.push(`${change.type} ${change.model.location}`);
            yield change;
          }
        })();
      },
    });
    await seen.seen('synced');
    expect(told).toEqual(['added n1', 'added n2']);
    daemon.members.delete('n2');
    daemon.tell('storage-volume-deleted');
    await seen.seen('removed v');
    expect(told.at(-1)).toBe('removed n2');
    const { length } = told;
    expect(length).toBe(3);
  } finally {
    await client.close();
    await daemon.stop();
  }
});
