import { Operation } from 'tslxd';
import { makeEmpty, useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('what may not be there', (server) => {
  const one = useClient(server);
  const { client } = one;

  it('is found, or undefined', async () => {
    const { name } = await makeEmpty(server, client);
    expect((await client.instances.find(name))?.name).toBe(name);
    for (const manager of [client.instances, client.profiles, client.images, client.images.aliases])
      expect(await manager.find('no-such')).toBeUndefined();
    expect(await client.snapshots.find(`${name}/no-such`)).toBeUndefined();
    expect(await client.instances.ref(name).backups.find('no-such')).toBeUndefined();
  });

  it('is deleted, or gone already', async () => {
    const web = await makeEmpty(server, client);
    const again = client.instances.ref(web.name);
    await web.delete({ ifExists: true });
    await again.delete({ ifExists: true });
    const operation = await client.instances.ref(web.name).delete({ ifExists: true, wait: false });
    expect(operation).toBeInstanceOf(Operation);
    await operation.wait();
    expect(operation.state).toBe('succeeded');
    const refs = [
      client.profiles.ref('no-such'),
      client.images.ref('0123456789ab'),
      client.images.aliases.ref('no-such'),
      client.snapshots.ref('no-such/first'),
    ];
    for (const ref of refs) await ref.delete({ ifExists: true });
  });
});
