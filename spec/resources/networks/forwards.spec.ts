import { Client, InvalidInputError, ProtocolError } from 'tslxd';
import { afterwards, serve, sync } from '../../rest/test-server.js';

// What no server here does; the rest is in forward-stories.ts.

it('an address that the server is to choose is found afterwards', async () => {
  const made: string[] = [];
  const server = await serve((response, { method, url }) => {
    if (method === 'POST') made.push('203.0.113.9');
    const list = made.map((listen_address) => ({ listen_address }));
    if (url === '/1.0') sync(response, { api_extensions: ['network_forward'], auth: 'trusted' });
    else if (method === 'POST') sync(response, {});
    else sync(response, url.includes('recursion') ? list : { listen_address: url.split('/').at(-1) });
  });
  const client = new Client({ socketPath: server.socketPath });
  afterwards(() => client.close());
  const { forwards } = client.networks.ref('ovn0');
  expect((await forwards.create('0.0.0.0')).key).toBe('203.0.113.9');
  await expect(forwards.create({ description: 'no address' } as never)).rejects.toThrow(InvalidInputError);
});

it('an answer about another address is a ProtocolError, one about the same in other letters is none', async () => {
  let listen_address: unknown;
  const server = await serve((response, { url }) =>
    sync(response, url === '/1.0' ? { api_extensions: ['network_forward'] } : { listen_address }),
  );
  const client = new Client({ socketPath: server.socketPath });
  afterwards(() => client.close());
  const { forwards } = client.networks.ref('lab');
  for (listen_address of ['2001:db8::6', '', undefined, 7, 'nope'])
    await expect(forwards.get('2001:db8::5')).rejects.toThrow(ProtocolError);
  listen_address = '2001:DB8::5';
  expect((await forwards.get('2001:db8::5')).ports).toEqual([]);
});

it('on a cluster, requests of a forward go to its member; two members may have the same address', async () => {
  const asked: string[] = [];
  const on = (location: string) => ({ listen_address: '198.51.100.1', location, config: {}, ports: [] });
  const server = await serve((response, { method, url }) => {
    if (url === '/1.0') {
      sync(response, { api_extensions: ['network_forward'], auth: 'trusted' });
      return;
    }
    asked.push(`${method} ${url.slice(url.lastIndexOf('/') + 1)}`);
    const target = new URLSearchParams(url.split('?')[1]).get('target') ?? 'n1';
    sync(response, url.includes('recursion') ? [on('n1'), on('n2')] : method === 'GET' ? on(target) : {});
  });
  const client = new Client({ socketPath: server.socketPath });
  afterwards(() => client.close());
  const { forwards } = client.networks.ref('lab');
  const all = await forwards.all();
  expect(all.map(({ key, location }) => [key, location])).toEqual([
    ['198.51.100.1', 'n1'],
    ['198.51.100.1', 'n2'],
  ]);
  asked.length = 0;
  const [, second] = all;
  second!.description = 'new';
  await second!.save({ verify: false });
  await second!.delete();
  await forwards.create('198.51.100.1', { target: 'n2' });
  expect(asked).toEqual([
    'GET 198.51.100.1?target=n2',
    'PUT 198.51.100.1?target=n2',
    'DELETE 198.51.100.1?target=n2',
    'POST forwards?target=n2',
    'GET 198.51.100.1?target=n2',
  ]);
});
