import { describeContract } from './subject.js';

// Which changes change the ETag, so that a save that bears the old one is refused.
describeContract('ETags', (subject) => {
  const tagOf = async (path: string) => (await subject.call('GET', path)).headers.etag;

  /** The changes whose names the ETag notices. */
  async function noticed(path: string, changes: Readonly<Record<string, object>>): Promise<string[]> {
    const found: string[] = [];
    let before = await tagOf(path);
    for (const [name, body] of Object.entries(changes)) {
      const answer = await subject.call('PATCH', path, body);
      expect([name, answer.status]).toEqual([name, 200]);
      const after = await tagOf(path);
      if (after !== before) found.push(name);
      before = after;
    }
    return found;
  }

  it('of an instance: all but its description', async () => {
    const path = await subject.empty();
    const profile = subject.name('profile');
    await subject.call('POST', '/1.0/profiles', { name: profile });
    const found = await noticed(path, {
      config: { config: { 'user.a': '1' } },
      devices: { devices: { d: { type: 'none' } } },
      ephemeral: { ephemeral: true },
      profiles: { profiles: ['default', profile] },
      description: { description: 'x' },
      nothing: {},
    });
    expect(found).toEqual(['config', 'devices', 'ephemeral', 'profiles']);
  });

  it('of an instance: its start and stop', async () => {
    const name = subject.name('start');
    const path = `/1.0/instances/${name}`;
    await subject.run('POST', '/1.0/instances', {
      name,
      source: { type: 'image', alias: subject.imageAlias },
    });
    const tags = [await tagOf(path)];
    await subject.run('PUT', `${path}/state`, { action: 'start' });
    tags.push(await tagOf(path));
    await subject.run('PUT', `${path}/state`, { action: 'freeze' });
    expect(await tagOf(path)).toBe(tags[1]);
    await subject.run('PUT', `${path}/state`, { action: 'stop', force: true });
    tags.push(await tagOf(path));
    expect(new Set(tags).size).toBe(3);
    await subject.run('DELETE', path);
  });

  it('of a profile: all of it', async () => {
    const name = subject.name('profile');
    const path = `/1.0/profiles/${name}`;
    await subject.call('POST', '/1.0/profiles', { name });
    const found = await noticed(path, {
      config: { config: { 'user.a': '1' } },
      devices: { devices: { d: { type: 'none' } } },
      description: { description: 'x' },
      nothing: {},
    });
    expect(found).toEqual(['config', 'devices', 'description']);
    await subject.call('DELETE', path);
  });

  it('guard every write but those of the state', async () => {
    const path = await subject.empty();
    const stale = { 'If-Match': '"00"' };
    for (const method of ['PUT', 'PATCH']) {
      const answer = await subject.call(method, path, {}, stale);
      expect([answer.status, answer.body.error_code]).toEqual([412, 412]);
      expect(answer.body.error).toMatch(/^ETag doesn't match: .+ vs /);
    }
    const state = await subject.call('PUT', `${path}/state`, { action: 'nope' }, stale);
    expect(state.status).toBe(400);
    expect((await subject.call('GET', '/1.0/instances?recursion=1')).headers.etag).toBeUndefined();
    await subject.run('DELETE', path);
  });
});
