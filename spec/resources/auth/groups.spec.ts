import { inspect } from 'node:util';
import { createIdentity, InvalidInputError, NotFoundError, type AuthPermission, type Client } from 'tslxd';
import type { FakeServer } from 'tslxd/testing';
import { inOneGo, sent, watching } from '../support.js';
import { startNewer, writes } from './support.js';

// Of LXD 5.21 and newer, which no machine here has: by its source.

let server: FakeServer;
let client: Client;

beforeEach(async () => {
  ({ server, client } = await startNewer());
  server.addInstance({ name: 'web' });
  server.clearRequests();
});
afterEach(() => server.close());

const viewer: AuthPermission = { entityType: 'server', url: '/1.0', entitlement: 'viewer' };
const ofWeb = (entitlement: string): AuthPermission => ({
  entityType: 'instance',
  url: '/1.0/instances/web',
  entitlement,
});
const entitlements = (list: readonly AuthPermission[]) => list.map(({ entitlement }) => entitlement).sort();

describe('groups', () => {
  it('are made with what members may do, and written whole', async () => {
    const { groups } = client.auth;
    const ops = await groups.create({
      name: 'ops',
      description: 'on call',
      permissions: [viewer, ofWeb('can_exec')],
    });
    expect(sent(server)).toEqual(['POST /1.0/auth/groups', 'GET /1.0/auth/groups/ops']);
    expect([ops.name, ops.description, entitlements(ops.permissions)]).toEqual([
      'ops',
      'on call',
      ['can_exec', 'viewer'],
    ]);
    expect([ops.identities, ops.identityProviderGroups]).toEqual([{}, []]);
    expect(inspect(ops)).toBe('AuthGroup(\'ops\' "on call")');
    server.clearRequests();
    ops.permissions.push(ofWeb('can_view'));
    await ops.save();
    expect(writes(server)).toEqual(['PUT /1.0/auth/groups/ops']);
    expect(entitlements((await ops.fetch()).permissions)).toEqual(['can_exec', 'can_view', 'viewer']);
    ops.permissions = [];
    ops.description = '';
    await ops.save();
    const now = await groups.get('ops');
    expect([now.permissions, now.description]).toEqual([[], '']);
    await now.rename('on-call');
    expect(await groups.names()).toEqual(['on-call']);
  });

  it('merge permissions one by one, in whichever order the server has them', async () => {
    const { groups } = client.auth;
    const mine = await groups.create({ name: 'ops', permissions: [viewer, ofWeb('can_exec')] });
    const theirs = await groups.get('ops');
    theirs.permissions = [ofWeb('can_edit'), ...theirs.permissions];
    await theirs.save();
    mine.permissions.sort((a, b) => (a.entitlement < b.entitlement ? -1 : 1));
    expect(mine.isDirty).toBe(false);
    mine.permissions.splice(
      mine.permissions.findIndex(({ entitlement }) => entitlement === 'viewer'),
      1,
    );
    mine.permissions.push(ofWeb('user'));
    await mine.save();
    expect(entitlements((await groups.get('ops')).permissions)).toEqual(['can_edit', 'can_exec', 'user']);
  });

  it('are as wanted in any order, and with the project that is meant without one', async () => {
    const { groups } = client.auth;
    const permissions = [viewer, ofWeb('can_exec'), ofWeb('can_view')];
    await groups.ensure('ops', { permissions });
    server.clearRequests();
    await groups.ensure('ops', { permissions });
    await groups.ensure('ops', { permissions: permissions.reverse() });
    expect(writes(server)).toEqual([]);
    const ops = await groups.get('ops');
    expect(ops.permissions.map(({ url }) => url).sort()).toEqual([
      '/1.0',
      '/1.0/instances/web?project=default',
      '/1.0/instances/web?project=default',
    ]);
    await groups.ensure('ops', { permissions: [viewer] });
    expect((await ops.fetch()).permissions).toEqual([viewer]);
  });

  it('keep permissions through renames, and lose those of what is gone', async () => {
    const { groups, identities, identityProviderGroups } = client.auth;
    const project = await client.projects.create('a');
    const profile = await client.profiles.create('a');
    const team = await groups.create('team');
    const staff = await identityProviderGroups.create('staff');
    const instance = await client.instances.get('web');
    const things = [
      ['instance', '/1.0/instances/web', instance],
      ['project', '/1.0/projects/a', project],
      ['profile', '/1.0/profiles/a', profile],
      ['group', '/1.0/auth/groups/team', team],
      ['identity_provider_group', '/1.0/auth/identity-provider-groups/staff', staff],
    ] as const;
    const { clientCert: certificate } = createIdentity();
    const alice = await identities.create({ name: 'alice', certificate });
    const named = { entityType: 'identity', url: `/1.0/auth/identities/tls/${alice.id}` };
    const ops = await groups.create({
      name: 'ops',
      permissions: [
        ...things.map(([entityType, url]) => ({ entityType, url, entitlement: 'can_edit' })),
        { ...named, entitlement: 'can_edit' },
      ],
    });
    const urls = async () => (await ops.fetch()).permissions.map(({ url }) => url).sort();
    for (const [, , thing] of things) await thing.rename('b');
    const { clientCert: next } = createIdentity();
    await alice.replaceCertificate(next);
    const renamed = things.map(([type, url]) => {
      const isOfProject = type === 'instance' || type === 'profile';
      return url.replace(/[^/]+$/, 'b') + (isOfProject ? '?project=default' : '');
    });
    expect(await urls()).toEqual([...renamed, `/1.0/auth/identities/tls/${alice.id}`].sort());
    ops.description = 'on call';
    await ops.save();
    expect((await urls()).length).toBe(things.length + 1);
    const having = (await client.auth.permissions()).filter((one) => one.groups.includes('ops'));
    expect(having.map(({ url }) => url).sort()).toEqual(await urls());
    for (const [, , thing] of things) await thing.delete();
    await alice.delete();
    expect(await urls()).toEqual([]);
    ops.description = '';
    await ops.save();
    // What comes under the same name later is another thing.
    await client.profiles.create('b');
    expect(await urls()).toEqual([]);
  });

  it('cost as little as can be', async () => {
    const { groups } = client.auth;
    await groups.create('ops');
    server.clearRequests();
    await inOneGo(async () => {
      const ops = await groups.get('ops');
      ops.permissions.push(viewer);
      await ops.save();
    });
    expect(sent(server)).toEqual(['GET /1.0/auth/groups/ops', 'PUT /1.0/auth/groups/ops']);
    server.clearRequests();
    for await (const { permissions, identities } of groups)
      expect([permissions.length, identities]).toEqual([1, {}]);
    await groups.names();
    expect(sent(server)).toEqual(['GET /1.0/auth/groups', 'GET /1.0/auth/groups']);
  });

  it('refuse what the server would drop or refuse', async () => {
    const { groups } = client.auth;
    const odd = { ...viewer, entity_type: 'server' };
    await expect(groups.create({ name: 'a', permissions: [odd] })).rejects.toThrow(InvalidInputError);
    await expect(groups.create('a/b')).rejects.toThrow(InvalidInputError);
    expect(writes(server)).toEqual([]);
    await expect(groups.create('a:b')).rejects.toThrow(/colon/);
    for (const [permission, text] of [
      [{ ...viewer, entitlement: 'nope' }, /not valid for entity type "server"/],
      [{ ...viewer, url: '/1.0/instances/web' }, /does not correspond/],
      [{ ...ofWeb('user'), url: '/1.0/instances/nope' }, /No such entity/],
      [{ ...viewer, entityType: 'nope' }, /Unknown entity type/],
    ] as const)
      await expect(groups.create({ name: 'a', permissions: [permission] })).rejects.toThrow(text);
    await groups.create('admins');
    await expect(groups.ref('admins').delete()).rejects.toThrow(/admins group cannot be deleted/);
  });

  it('tell who is in them, also while they are watched', async () => {
    const { groups, identities, identityProviderGroups } = client.auth;
    await groups.create('ops');
    await using told = watching(groups);
    await told.seen('added ops');
    const { clientCert: certificate } = createIdentity();
    const alice = await identities.create({ name: 'alice', certificate, groups: ['ops'] });
    await told.seen('changed ops');
    await identityProviderGroups.create({ name: 'staff/ops', groups: ['ops'] });
    const ops = await groups.get('ops');
    expect([ops.identities, ops.identityProviderGroups]).toEqual([{ tls: [alice.id] }, ['staff/ops']]);
    await ops.rename('on-call');
    expect((await alice.fetch()).groups).toEqual(['on-call']);
    await ops.delete();
    expect((await alice.fetch()).groups).toEqual([]);
  });
});

describe('identity provider groups', () => {
  it('have names with slashes, and groups that go and come one by one', async () => {
    const { groups, identityProviderGroups } = client.auth;
    for (const name of ['a', 'b', 'c']) await groups.create(name);
    const staff = await identityProviderGroups.create({ name: 'staff/all', groups: ['a', 'b'] });
    const theirs = await identityProviderGroups.get('staff/all');
    theirs.groups.push('c');
    await theirs.save();
    staff.groups.shift();
    server.clearRequests();
    await staff.save();
    expect(writes(server)).toEqual([
      'PUT /1.0/auth/identity-provider-groups/staff%2Fall',
      'PUT /1.0/auth/identity-provider-groups/staff%2Fall',
    ]);
    expect((await staff.fetch()).groups).toEqual(['b', 'c']);
    await staff.rename('people/all');
    expect(await identityProviderGroups.names()).toEqual(['people/all']);
    await expect(staff.rename('..')).rejects.toThrow(InvalidInputError);
    await identityProviderGroups.ensure('people/all', { groups: ['c', 'b'] });
    expect(writes(server)).toEqual(['POST /1.0/auth/identity-provider-groups/staff%2Fall']);
    await expect(identityProviderGroups.create({ name: 'x', groups: ['nope'] })).rejects.toThrow(
      /number of rows/,
    );
    await staff.delete();
    await expect(identityProviderGroups.get('people/all')).rejects.toThrow(NotFoundError);
  });
});

describe('permissions()', () => {
  it('has all that there are, with the groups that have them', async () => {
    const { entityType: entity_type, ...permission } = ofWeb('can_exec');
    server.add('/1.0/auth/groups', { name: 'ops', permissions: [{ entity_type, ...permission }] });
    server.addProject('lab');
    server.clearRequests();
    const all = await client.useProject('lab').auth.permissions({ entityType: 'instance' });
    expect(server.requests.map(({ query }) => query)).toEqual([
      { recursion: '1', 'entity-type': 'instance' },
    ]);
    expect(all.find(({ entitlement }) => entitlement === 'can_exec')).toEqual({
      entityType: 'instance',
      url: '/1.0/instances/web?project=default',
      entitlement: 'can_exec',
      groups: ['ops'],
    });
    expect(await client.auth.permissions({ project: 'lab', entityType: 'instance' })).toEqual([]);
    const types = new Set((await client.auth.permissions()).map(({ entityType }) => entityType));
    expect([...types]).toEqual([
      'group',
      'instance',
      'network',
      'profile',
      'project',
      'server',
      'storage_pool',
    ]);
    await expect(client.auth.permissions({ entityType: 'nope' })).rejects.toThrow(/Unknown entity type/);
    for (const options of [{ entityType: '' }, { project: 1 }, { entity: 'x' }, { timeout: -1 }])
      await expect(client.auth.permissions(options as object)).rejects.toThrow(InvalidInputError);
  });
});
