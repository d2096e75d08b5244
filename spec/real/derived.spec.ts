import { InUseError, NotFetchedError } from 'tslxd';
import { makeEmpty, useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('what a save leaves behind', (server) => {
  const one = useClient(server);
  const { client } = one;

  it('has no values that the server derives from what was written, until they are fetched', async () => {
    const web = await makeEmpty(server, client, { config: { 'user.a': '1' } });
    expect(web.expandedConfig['user.a']).toBe('1');
    web.config['user.a'] = '2';
    const sent = await one.requestsOf(() => web.save());
    expect(sent.at(-1)).toBe(`PATCH /1.0/instances/${web.name} 200`); // and nothing is read after it
    expect(() => web.expandedConfig).toThrow(NotFetchedError);
    expect(() => web.expandedDevices).toThrow('has been saved since it was fetched');
    expect(web.toJSON()).not.toHaveProperty('expanded_config');
    await web.fetch();
    expect(web.expandedConfig['user.a']).toBe('2');

    const wanted = { source: { type: 'none' }, config: { 'user.a': '3' } } as const;
    const ensured = await client.instances.ensure(web.name, wanted);
    expect(() => ensured.expandedConfig).toThrow(NotFetchedError);
    const again = await client.instances.ensure(web.name, wanted); // writes nothing, so it has just been read
    expect(again.expandedConfig['user.a']).toBe('3');
    await web.delete();
  });

  it('of a dry run is nothing, and the run then does what it told', async () => {
    const web = await makeEmpty(server, client);
    const path = `/1.0/instances/${web.name}`;
    web.config['user.a'] = '1';
    const before = await server.read(path);
    const planned = await web.save({ dryRun: true });
    expect(planned).toMatchObject({ method: 'PATCH', path, body: { config: { 'user.a': '1' } } });
    expect(await server.read(path)).toEqual(before);
    await server.run('PATCH', path, planned!.body);
    await web.fetch();
    expect([web.config['user.a'], web.isDirty]).toEqual(['1', false]);
    await web.delete();
  });

  it('that is refused because others use it is one error', async () => {
    const profile = await client.profiles.create({ name: server.uniqueName('used') });
    const web = await makeEmpty(server, client, { profiles: ['default', profile.name] });
    await expect(profile.delete()).rejects.toThrow(InUseError);
    await web.delete();
    await profile.delete();
  });
});
