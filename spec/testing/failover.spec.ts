import { Client } from 'tslxd';
import { FakeServer } from '../../lib/testing/index.js';
import { ClusterMemberError } from '../../lib/errors/index.js';
import { rejection } from '../resources/support.js';

test.each(['lxd', 'incus'] as const)(
  'a client goes on at another member of the fake, as %s',
  async (product) => {
    await using server = await FakeServer.start({ product, members: 3, https: true });
    server.addInstance({ name: 'one', location: 'n1', status: 'Running' });
    await using client = await Client.connect(server.endpoint);
    expect(await client.instances.names()).toEqual(['one']);
    await server.members[0]!.kill();
    await client.profiles.create({ name: 'p' });
    expect(await client.profiles.names()).toContain('p');
    expect(await rejection(client.instances.get('one'), ClusterMemberError)).toMatchObject({ member: 'n1' });
  },
);
