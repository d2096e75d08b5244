import { DeletedError, InvalidInputError } from 'tslxd';
import { describeFakes, sent } from './support.js';

describeFakes('restore()', (start) => {
  it('of an instance takes no snapshot of another one, whose name it may have, too', async () => {
    const { server, client } = await start();
    for (const name of ['web', 'db']) {
      await client.instances.create({ name, source: { type: 'none' } });
      await client.instances.ref(name).snapshots.create('s');
    }
    const web = await client.instances.get('web');
    const db = client.instances.ref('db');
    await client.projects.create({ name: 'lab', defaultProfile: true });
    const elsewhere = client.useProject('lab').instances.ref('web');
    const { client: other } = await start();
    const before = sent(server).filter((line) => line.startsWith('PUT'));
    for (const snapshot of [
      db.snapshots.ref('s'),
      client.snapshots.ref('db/s'),
      elsewhere.snapshots.ref('s'),
      other.instances.ref('web').snapshots.ref('s'),
      undefined as never,
      { name: 's' } as never,
    ])
      await expect(web.restore(snapshot)).rejects.toThrow(InvalidInputError);
    const gone = await web.snapshots.create('t');
    await gone.delete();
    await expect(web.restore(gone)).rejects.toThrow(DeletedError);
    expect(sent(server).filter((line) => line.startsWith('PUT'))).toEqual(before);
    await web.restore('s');
    await web.restore(web.snapshots.ref('s'));
    await web.restore(client.snapshots.ref('web/s'));
    await web.restore(client.useProject('default').snapshots.ref('web/s'));
  });

  it('of a volume takes no snapshot of another one', async () => {
    const { server, client } = await start();
    const { volumes } = client.storagePools.ref('default');
    for (const name of ['v', 'w']) await (await volumes.create(name)).snapshots.create({ name: 's' });
    const v = await volumes.get('v');
    const before = sent(server).length;
    await expect(v.restore(volumes.ref('w').snapshots.ref('s'))).rejects.toThrow(InvalidInputError);
    await expect(v.restore(undefined as never)).rejects.toThrow(InvalidInputError);
    expect(sent(server)).toHaveLength(before);
    await v.restore(v.snapshots.ref('s'));
    await v.restore(client.storagePools.volumes.ref('default/custom/v').snapshots.ref('s'));
  });
});
