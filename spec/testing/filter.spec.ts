import { describeFakes } from './support.js';

describeFakes('filter=', (fake) => {
  const ask = async (filter: string): Promise<string[] | string> => {
    const query = new URLSearchParams({ recursion: '1', filter });
    const { body } = await fake.call('GET', `/1.0/instances?${query.toString()}`);
    return body.error || (body.metadata as { name: string }[]).map(({ name }) => name);
  };

  beforeEach(() => {
    fake.server.addInstance({
      name: 'web-1',
      config: { 'user.role': 'web', 'user.note': 'a b' },
      status: 'Running',
    });
    fake.server.addInstance({ name: 'web-2', config: { 'user.role': 'web' }, description: 'spare' });
    fake.server.addInstance({ name: 'db', config: { 'user.role': 'data' }, ephemeral: true });
  });

  it.each([
    ['name eq db', ['db']],
    ['name eq DB', ['db']],
    ['name eq web-.', ['web-1', 'web-2']],
    ['name eq web', []],
    ['name eq ^web', ['web-1', 'web-2']],
    ['name ne db', ['web-1', 'web-2']],
    ['not name eq db', ['web-1', 'web-2']],
    ['NOT name eq db', ['web-1', 'web-2']],
    ['name eq db or name eq web-1', ['db', 'web-1']],
    ['name eq db or name eq web-1 and status eq running', ['web-1']],
    ['config.user.role eq web', ['web-1', 'web-2']],
    ['config.user.nothing ne x', ['db', 'web-1', 'web-2']],
    ['config.user.note eq "a b"', ['web-1']],
    ['status eq Stopped and config.user.role eq web', ['web-2']],
    ['description eq spare', ['web-2']],
    ['expanded_devices.root.pool eq default', ['db', 'web-1', 'web-2']],
    ['type eq virtual-machine', []],
    ['name eq db,web-1', []],
    ['name eq [', []],
  ])('%s', async (filter, names) => {
    expect(await ask(filter)).toEqual(names);
  });

  it.each([
    ['name', 'Invalid filter: clause has no operator'],
    ['name eq', 'Invalid filter: clause has no value'],
    ['not', 'Invalid filter: incomplete not clause'],
    ['name eq a xor name eq b', 'Invalid filter: invalid clause composition'],
    ['name eq a and', 'Invalid filter: unterminated compound clause'],
    ['name eq "db"', 'Invalid filter: unterminated quote'],
  ])('refuses %s', async (filter, error) => {
    expect(await ask(filter)).toBe(error);
  });

  it('knows types on Incus, where LXD 5.0 compares texts', async () => {
    const isLxd = fake.server.product === 'lxd';
    expect(await ask('ephemeral eq true')).toEqual(isLxd ? [] : ['db']);
    expect(await ask('profiles eq ["default"]')).toEqual(isLxd ? [] : ['db', 'web-1', 'web-2']);
    expect(await ask('nope eq 1')).toEqual(isLxd ? [] : 'Invalid type "invalid" for field "nope"');
    expect(await ask('status_code eq 103')).toEqual(
      isLxd ? [] : 'Unsupported filter type "int" for field "status_code"',
    );
    expect(await ask('created_at eq x')).toEqual(isLxd ? [] : 'Invalid type "struct" for field "created_at"');
    expect(await ask('name is db')).toEqual(isLxd ? ['db'] : 'Unsupported operation');
  });

  it('makes Incus panic at a field behind a pointer', async () => {
    const query = new URLSearchParams({ recursion: '2', filter: 'state.status eq Running' });
    const answer = fake.call('GET', `/1.0/instances?${query.toString()}`);
    if (fake.server.product === 'lxd') expect((await answer).body.metadata).toEqual([]);
    else await expect(answer).rejects.toThrow('socket hang up');
  });

  it('works on images, and on profiles of Incus', async () => {
    fake.server.addImage({ properties: { os: 'busybox' } });
    expect(await fake.read('/1.0/images?filter=properties.os+eq+busybox')).toHaveLength(1);
    expect(await fake.read('/1.0/images?filter=properties.os+eq+alpine')).toEqual([]);
    expect((await fake.call('GET', '/1.0/images?filter=bad')).status).toBe(500);
    const isLxd = fake.server.product === 'lxd';
    expect(await fake.read('/1.0/profiles?filter=name+eq+nope')).toHaveLength(isLxd ? 1 : 0);
  });
});
