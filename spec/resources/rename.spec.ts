import { describeFakes } from './support.js';

describeFakes('renaming', (start) => {
  it('a snapshot keeps its instance, whichever manager it came from', async () => {
    const { client } = await start();
    const web = await client.instances.create({ name: 'web', source: { type: 'none' } });
    const own = await web.snapshots.create('a');
    await own.rename('b');
    expect([own.key, own.name, own.toJSON().name]).toEqual(['b', 'b', 'b']);
    const one = await client.snapshots.get('web/b');
    await one.rename('c');
    expect([one.key, one.name, one.instance]).toEqual(['web/c', 'c', 'web']);
    await one.fetch();
    await client.snapshots.ref('web/c').rename('d');
    expect(await client.snapshots.names()).toEqual(['web/d']);
  });
});
