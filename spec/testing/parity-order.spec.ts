import { describePair } from './parity.js';
import { call, ended } from './support.js';
import { Client } from 'tslxd';

describePair((servers) => {
  const { real } = servers;
  const sockets = () => [real.socketPath, servers.fake.socketPath];
  const make = async (socket: string, name: string) => {
    const body = { name, source: { type: 'none' } };
    await ended(socket, await call(socket, 'POST', '/1.0/instances', body));
  };

  it('to lists of instances, in the order in which each server has them', async () => {
    const [first, second, third, renamed] = ['z', 'a', 'm', 'b'].map((label) => real.uniqueName(label));
    const seen = [];
    for (const socket of sockets()) {
      for (const name of [first!, second!, third!]) await make(socket, name);
      await ended(socket, await call(socket, 'POST', `/1.0/instances/${first!}`, { name: renamed! }));
      const orders = [];
      for (const recursion of [0, 1, 2]) {
        const { body } = await call(socket, 'GET', `/1.0/instances?recursion=${String(recursion)}`);
        const list = body.metadata as unknown as (string | { name: string })[];
        const names = list.map((one) => (typeof one === 'string' ? one.split('/').at(-1)! : one.name));
        orders.push(names.filter((name) => [renamed, second, third].includes(name)));
      }
      for (const name of [renamed, second, third])
        await ended(socket, await call(socket, 'DELETE', `/1.0/instances/${name!}`));
      seen.push(orders);
    }
    expect(seen[1]).toEqual(seen[0]);
  });

  it('to who hears of operations: each waits, runs and ends', async () => {
    const name = real.uniqueName('told');
    const seen = [];
    for (const socketPath of sockets()) {
      await using client = new Client({ socketPath });
      const told = new Set<string>();
      client.events.on('operation', ({ metadata }) => {
        if (metadata.description === 'Creating instance')
          told.add(`${metadata.status} ${String(metadata.status_code)}`);
      });
      await client.events.ready();
      await make(socketPath, name);
      while (!told.has('Success 200')) await client.operations.all();
      await ended(socketPath, await call(socketPath, 'DELETE', `/1.0/instances/${name}`));
      seen.push([...told].sort());
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]).toContain('Pending 105');
  });
});
