import { describeContract } from './subject.js';

describeContract('the order of events', (subject) => {
  it('in the life of an instance', async () => {
    const name = subject.name('life');
    const path = `/1.0/instances/${name}`;
    const source = { type: 'image', alias: subject.imageAlias };
    const actions = await subject.actions(name, 'instance-deleted', async () => {
      await subject.run('POST', '/1.0/instances', { name, source });
      await subject.run('PUT', `${path}/state`, { action: 'start' });
      await subject.run('PUT', `${path}/state`, { action: 'freeze' });
      await subject.run('PUT', `${path}/state`, { action: 'unfreeze' });
      await subject.run('POST', `${path}/snapshots`, { name: 'one' });
      await subject.call('PATCH', path, { config: { 'user.a': '1' } });
      await subject.run('PUT', `${path}/state`, { action: 'stop', force: true });
      await subject.run('POST', `${path}/snapshots/one`, { name: 'two' });
      await subject.run('PUT', path, { restore: 'two' });
      await subject.run('DELETE', `${path}/snapshots/two`);
      await subject.run('DELETE', path);
    });
    expect(actions).toEqual(life);
  });

  it('of a profile', async () => {
    const name = subject.name('profile');
    const path = `/1.0/profiles/${name}`;
    const actions = await subject.actions(name, 'profile-deleted', async () => {
      await subject.call('POST', '/1.0/profiles', { name });
      await subject.call('PUT', path, { description: 'x' });
      await subject.call('POST', path, { name: `${name}-b` });
      await subject.call('DELETE', `${path}-b`);
    });
    expect(actions).toEqual(['profile-created', 'profile-updated', 'profile-renamed', 'profile-deleted']);
  });

  it('none of what is refused', async () => {
    const path = await subject.empty();
    const name = path.slice(path.lastIndexOf('/') + 1);
    const actions = await subject.actions(name, 'instance-deleted', async () => {
      await subject.call('PATCH', path, { config: { nope: '1' } });
      await subject.call('PATCH', path, {}); // nothing changes, but it is told of
      await subject.run('DELETE', path);
    });
    expect(actions).toEqual(['instance-updated', 'instance-deleted']);
  });
});

const life = [
  'instance-created',
  'instance-started',
  'instance-paused',
  'instance-resumed',
  'instance-snapshot-created',
  'instance-paused', // while its files are copied
  'instance-resumed',
  'instance-updated',
  'instance-stopped',
  'instance-snapshot-renamed',
  'instance-restored',
  'instance-snapshot-deleted',
  'instance-deleted',
];
