import { FakeServer } from 'tslxd/testing';

// LXD does not know the type of an instance whose member does not answer, and neither server when it was created.
describe.each(['lxd', 'incus'] as const)('instances of a cluster member that is away, on %s', (product) => {
  test('are still listed among containers', async () => {
    await using server = await FakeServer.start({ product, members: 3 });
    server.addInstance({ name: 'one', location: 'n1' });
    server.addInstance({ name: 'two', location: 'n2' });
    const client = server.members[0]!.client();
    const before = await client.containers.names();
    await server.members[1]!.kill();
    expect(await client.containers.names()).toEqual(before);
    const all = await client.containers.all();
    expect(all.map(({ name, status, location }) => [name, status, location])).toEqual([
      ['one', 'Stopped', 'n1'],
      ['two', 'Error', 'n2'],
    ]);
    // LXD does not say of which type it is.
    expect(await client.virtualMachines.names()).toEqual(product === 'lxd' ? ['two'] : []);
  });
});

test('a watch of containers tells of those whose member is away that they read Error, and not that they are gone', async () => {
  await using server = await FakeServer.start({ members: 3 });
  server.addInstance({ name: 'one', location: 'n1' });
  server.addInstance({ name: 'two', location: 'n2' });
  const client = server.members[0]!.client();
  const told: string[] = [];
  const watch = client.containers.watch();
  for await (const change of watch) {
    if (change.type === 'synced') {
      await server.members[1]!.kill();
      await client.containers.create({ name: 'three', source: { type: 'none' } }, { target: 'n1' });
      continue;
    }
    told.push(`${change.type} ${change.key} ${change.model.status}`);
    if (told.length === 4) break;
  }
  expect(told).toEqual([
    'added one Stopped',
    'added two Stopped',
    'added three Stopped',
    'changed two Error',
  ]);
}, 30_000);
