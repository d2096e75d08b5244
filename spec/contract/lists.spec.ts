import { describeContract } from './subject.js';

describeContract('lists', (subject) => {
  const running = ['Running', 'Stopped'];
  let path: string;
  let name: string;
  beforeAll(async () => {
    path = await subject.empty({ config: { 'user.mark': 'a' } });
    name = path.slice(path.lastIndexOf('/') + 1);
    await subject.run('POST', `${path}/snapshots`, { name: 'one' });
  });

  const ours = async (query: string): Promise<Record<string, unknown>> => {
    const list = (await subject.read(`/1.0/instances${query}`)) as Record<string, unknown>[];
    return list.find((one) => one.name === name) ?? {};
  };

  it('hold URLs without recursion', async () => {
    for (const query of ['', '?recursion=0']) {
      const urls = (await subject.read(`/1.0/instances${query}`)) as string[];
      expect(urls.filter((url) => url.includes(name))).toEqual([path]);
    }
  });

  it('hold what a GET says at recursion 1', async () => {
    expect(await ours('?recursion=1')).toEqual(await subject.read(path));
  });

  it('hold state, snapshots and backups too at recursion 2', async () => {
    const plain = Object.keys(await ours('?recursion=1'));
    const full = await ours('?recursion=2');
    expect(
      Object.keys(full)
        .filter((key) => !plain.includes(key))
        .sort(),
    ).toEqual(['backups', 'snapshots', 'state']);
    expect(running).toContain((full.state as { status: string }).status);
    expect((full.snapshots as { name: string }[]).map((one) => one.name)).toEqual(['one']);
    expect(full.backups).toBeNull();
  });

  it('filter by fields and by keys of the configuration', async () => {
    for (const [filter, found] of [
      [`name eq ${name}`, true],
      [`name ne ${name}`, false],
      ['config.user.mark eq a', true],
      [`name eq ${name} and status eq Stopped`, true],
      [`name eq ${name} and status eq Running`, false],
      ['not status eq Stopped', false],
    ] as const) {
      const seen = Object.keys(await ours(`?recursion=1&filter=${encodeURIComponent(filter)}`)).length > 0;
      expect([filter, seen]).toEqual([filter, found]);
    }
  });

  it('refuse a filter that is none', async () => {
    const { status, body } = await subject.call('GET', '/1.0/instances?recursion=1&filter=nope');
    expect([status, body.type]).toEqual([subject.pick({ lxd: 500, incus: 400 }), 'error']);
  });

  it('look into all projects when asked to', async () => {
    expect(await ours('?recursion=1&all-projects=true')).toMatchObject({ name, project: 'default' });
    const both = await subject.call('GET', '/1.0/instances?all-projects=true&project=default');
    expect(both.status).toBe(400);
  });

  it('of a project that is not there', async () => {
    const seen: Record<string, number> = {};
    for (const kind of ['instances', 'profiles', 'images', 'operations']) {
      seen[kind] = (await subject.call('GET', `/1.0/${kind}?project=tslxd-nope`)).status;
    }
    expect(seen).toEqual({ instances: 200, profiles: 404, images: 404, operations: 200 });
  });
});
