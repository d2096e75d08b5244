import {
  DeletedError,
  InvalidInputError,
  NotFetchedError,
  NotFoundError,
  ReadOnlyError,
  UnsupportedError,
  type Client,
  type Instance,
} from 'tslxd';
import { describeFakes, rejection, sent } from './support.js';

describeFakes('bad input', (start) => {
  const cases: [
    string,
    (client: Client, web: Instance) => unknown,
    abstract new (...args: never[]) => Error,
    RegExp,
  ][] = [
    [
      'a number in config',
      (_, web) => {
        (web.config as Record<string, unknown>)['limits.cpu'] = 2;
        return web.save();
      },
      InvalidInputError,
      /limits\.cpu.*must be a string, not number 2; write "2"/,
    ],
    [
      'null in config',
      (_, web) => {
        (web.config as Record<string, unknown>)['user.a'] = null;
        return web.save();
      },
      InvalidInputError,
      /delete it/,
    ],
    [
      'config that is no map',
      (_, web) => {
        web.config = 'x' as never;
      },
      InvalidInputError,
      /object of strings/,
    ],
    ['an unknown action', (_, web) => web.setState('explode'), InvalidInputError, /not an action.*start/],
    ['an empty name', (client) => client.instances.get(''), InvalidInputError, /empty/],
    ['no name', (client) => client.instances.get(undefined as never), InvalidInputError, /must be a string/],
    [
      'a slash in a new name',
      (client) => client.instances.create({ name: 'a/b', source: 'x' }),
      InvalidInputError,
      /slash/,
    ],
    [
      'a slash where an instance is asked for',
      (client) => client.instances.get('web/snap'),
      InvalidInputError,
      /client\.snapshots/,
    ],
    ['a snapshot named ..', (_, web) => web.snapshots.create('..'), InvalidInputError, /cannot be named/],
    ['no source', (client) => client.instances.create({ name: 'a' } as never), InvalidInputError, /source/],
    ['an empty rename', (_, web) => web.rename(''), InvalidInputError, /empty/],
    [
      'reading before fetch()',
      (client) => client.instances.ref('web').config,
      NotFetchedError,
      /await instance\.fetch\(\)/,
    ],
    ['saving before fetch()', (client) => client.instances.ref('web').save(), NotFetchedError, /fetch\(\)/],
    [
      'assigning a read-only property',
      (_, web) => {
        (web as { status: string }).status = 'Running';
      },
      ReadOnlyError,
      /only the server/,
    ],
    [
      'assigning the name',
      (_, web) => {
        (web as { name: string }).name = 'x';
      },
      ReadOnlyError,
      /rename\(\)/,
    ],
    [
      'a file that is not there',
      (client) => client.images.create('/no/such/file'),
      InvalidInputError,
      /\/no\/such\/file/,
    ],
    [
      'waiting for what there is not',
      (_, web) => web.waitFor('happiness' as never),
      InvalidInputError,
      /running/,
    ],
    [
      'a snapshot key without an instance',
      (client) => client.snapshots.get('snap'),
      InvalidInputError,
      /instance\/snapshot/,
    ],
    [
      'a filter of an object that cannot be said',
      (client) => client.instances.all({ filter: { name: 'a"b' } }),
      InvalidInputError,
      /Array\.filter/,
    ],
    [
      'a request without /1.0',
      (client) => client.request('GET', 'instances'),
      InvalidInputError,
      /begin with/,
    ],
  ];

  it.each(cases)('%s is refused before anything is sent', async (_title, act, Class, message) => {
    const { server, client } = await start();
    server.addInstance({ name: 'web' });
    const web = await client.instances.get('web');
    await client.server.fetch();
    server.clearRequests();
    const error = await rejection((async () => act(client, web))(), Class);
    expect(error.message).toMatch(message);
    expect(sent(server)).toEqual([]);
  });

  it.each<[string, (client: Client) => Promise<unknown>]>([
    [
      'instances.create',
      (c) => c.instances.create({ name: 'c', source: { type: 'none' }, confg: {} } as never),
    ],
    ['instances.ensure', (c) => c.instances.ensure('web', { source: { type: 'none' }, confg: {} } as never)],
    ['profiles.create', (c) => c.profiles.create({ name: 'p', confg: {} } as never)],
    ['profiles.ensure', (c) => c.profiles.ensure('default', { confg: {} } as never)],
    ['snapshots.create', (c) => c.instances.ref('web').snapshots.create({ confg: {} } as never)],
    ['backups.create', (c) => c.instances.ref('web').backups.create({ confg: {} } as never)],
    ['networks.create', (c) => c.networks.create({ name: 'n', confg: {} } as never)],
    ['acls.create', (c) => c.networks.acls.create({ name: 'a', confg: {} } as never)],
    ['storagePools.create', (c) => c.storagePools.create({ name: 's', driver: 'dir', confg: {} } as never)],
    [
      'volumes.create',
      (c) => c.storagePools.ref('default').volumes.create({ name: 'v', confg: {} } as never),
    ],
    ['aliases.create', (c) => c.images.aliases.create({ name: 'a', target: 'ab', confg: {} } as never)],
  ])('refuses what %s does not know', async (_method, act) => {
    const { server, client } = await start();
    await expect(act(client)).rejects.toThrow(/no 'confg'|unknown option 'confg'/);
    expect(sent(server)).toEqual([]);
  });

  it('refuses to go on with a deleted model', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'web' });
    const web = await client.instances.get('web');
    await web.delete();
    server.clearRequests();
    for (const act of [
      () => web.start(),
      () => web.save(),
      () => web.fetch(),
      () => web.state(),
      () => web.delete(),
    ]) {
      await expect((async () => act())()).rejects.toThrow(DeletedError);
    }
    expect(web.name).toBe('web');
    expect(sent(server)).toEqual([]);
  });

  it('asks for a profile of a hostile name and nothing else', async () => {
    const { server, client } = await start();
    await expect(client.profiles.get('../instances/x')).rejects.toThrow(NotFoundError);
    expect(sent(server)).toEqual(['GET /1.0/profiles/..%2Finstances%2Fx']);
  });

  it('says which extension is missing', async () => {
    const { client } = await start();
    await client.server.fetch();
    const { extension } = await rejection(
      (async () => client.server.require('no_such_extension'))(),
      UnsupportedError,
    );
    expect(extension).toBe('no_such_extension');
  });
});
