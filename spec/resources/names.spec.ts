import { describeFakes } from './support.js';

describeFakes('names that URLs have a meaning for', (start) => {
  it('are those of one snapshot each: listed, read, saved, renamed, deleted', async () => {
    const { client } = await start();
    const web = await client.instances.create({ name: 'web', source: { type: 'none' } });
    const odd = ['a#b', '#hash', 'a%23b', 'a%2523b', 'per%20cent', '100%', 'ä'];
    for (const name of odd) expect((await web.snapshots.create(name)).name).toBe(name);
    expect((await web.snapshots.names()).sort()).toEqual([...odd].sort());
    for (const name of odd) expect((await client.snapshots.get(`web/${name}`)).name).toBe(name);
    await web.snapshots.ref('a%23b').rename('b%41');
    const left = [...odd.filter((name) => name !== 'a%23b'), 'b%41'];
    while (left.length > 0) {
      expect((await web.snapshots.names()).sort()).toEqual([...left].sort());
      await web.snapshots.ref(left.pop()!).delete();
    }
  });

  it('of snapshots of all instances have two parts', async () => {
    const { client } = await start();
    for (const key of ['web', 'web/', '/a', 'web/a/b'])
      expect(() => client.snapshots.ref(key)).toThrow("is not of the form 'instance/snapshot'");
  });
});
