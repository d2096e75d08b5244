import { Client, InvalidInputError, UnsupportedError } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { afterwards, serve, sync } from '../rest/test-server.js';
import { describeFakes, sent } from './support.js';

describeFakes('what a server says of its config keys', (start, product) => {
  it('is a list for each entity, or an UnsupportedError before it is asked', async () => {
    const { server, client } = await start();
    if (product === 'lxd') {
      await expect(client.server.configuration()).rejects.toThrow(UnsupportedError);
      expect(sent(server)).toEqual(['GET /1.0']);
      return;
    }
    const configuration = await client.server.configuration();
    expect(Object.keys(configuration)).toContain('instance');
    expect(configuration.instance?.find(({ key }) => key === 'limits.memory')).toEqual({
      ...{ key: 'limits.memory', group: 'resource-limits', type: 'string', liveUpdate: 'yes' },
      ...{ description: "Usage limit for the host's memory", longDescription: expect.any(String) as string },
      ...{ default: '`1GiB` (VMs)', condition: undefined, scope: undefined },
      ...{ required: undefined, managed: undefined },
    });
    const nat = configuration.network_zone?.find(({ key }) => key === 'network.nat');
    expect([nat?.default, nat?.required, nat?.longDescription]).toEqual(['true', 'no', undefined]);
    expect(configuration.devices?.filter(({ key }) => key === 'path').map(({ group }) => group)).toEqual([
      'disk',
      'unix-char-block',
    ]);
    await expect(client.server.configuration({ whole: true } as never)).rejects.toThrow(InvalidInputError);
  });
});

it('takes what a server leaves out, or says in another way', async () => {
  let configs: unknown;
  const server = await serve((response) =>
    sync(response, { api_extensions: ['metadata_configuration'], configs }),
  );
  const client = new Client({ socketPath: server.socketPath });
  afterwards(() => client.close());
  const read = () => client.server.configuration();
  for (configs of [null, undefined, [], 'x', {}]) expect(Object.keys(await read())).toEqual([]);
  configs = {
    constructor: { a: { keys: null }, b: null, c: { keys: [null, 'x', { 'd.e': null }, {}] } },
    ['__proto__']: { a: { keys: [{ 'a.b': {} }] } },
  };
  const odd = await read();
  expect(Object.keys(odd)).toEqual(['constructor', '__proto__']);
  expect(odd.constructor).toEqual([]);
  expect(odd.instance).toBeUndefined();
  expect(Object.entries(odd)[1]![1]).toMatchObject([{ key: 'a.b', group: 'a', type: undefined }]);
  configs = { x: { g: { keys: [{ k: { type: 1, default: '``', defaultdesc: '-', scope: 'local' } }] } } };
  expect((await read()).x).toMatchObject([{ type: undefined, default: '', scope: 'local' }]);
});

it('is there on LXD with the extension', async () => {
  const extensions = (own: readonly string[]) => [...own, 'metadata_configuration'];
  await using server = await FakeServer.start({ product: 'lxd', extensions });
  expect(Object.keys(await server.client().server.configuration())).toContain('server');
});
