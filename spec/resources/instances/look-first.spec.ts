import { setTimeout } from 'node:timers/promises';
import {
  AbortedError,
  AlreadyExistsError,
  BadRequestError,
  InvalidInputError,
  OperationError,
  TimeoutError,
  type Client,
  type Instance,
} from 'tslxd';
import { describeFakes, rejection, sent } from '../support.js';

/** What is known from the start to fail at the last of its requests. */
interface Doomed {
  what: string;
  status: 'Running' | 'Stopped' | 'Frozen';
  config?: Record<string, string>;
  /** Of a profile that it has. */
  profile?: Record<string, string>;
  ephemeral?: boolean;
  act: (web: Instance, client: Client, other: Client) => Promise<unknown>;
  error: abstract new (...args: never[]) => Error;
  message: RegExp;
}

const isProtected = { 'security.protection.delete': 'true' };

const doomed: Doomed[] = [
  {
    what: 'a forced deletion of what is protected',
    status: 'Running',
    config: isProtected,
    act: (web) => web.delete({ force: true }),
    error: InvalidInputError,
    message: /protected from being deleted/,
  },
  {
    what: 'a forced deletion of what a profile protects',
    status: 'Running',
    profile: { 'security.protection.delete': '1' },
    act: (web) => web.delete({ force: true }),
    error: InvalidInputError,
    message: /protected from being deleted/,
  },
  {
    what: 'a move to another server of what is protected',
    status: 'Stopped',
    config: isProtected,
    act: (web, _, other) => web.moveTo(other, { mode: 'relay' }),
    error: InvalidInputError,
    message: /protected from being deleted/,
  },
  {
    what: 'a move to another server of what runs',
    status: 'Running',
    act: (web, _, other) => web.moveTo(other, { mode: 'relay' }),
    error: InvalidInputError,
    message: /is running: stop it first/,
  },
  {
    what: 'a copy to another server under a name in use',
    status: 'Stopped',
    act: (web, _, other) => web.copyTo(other, { name: 'taken', mode: 'relay' }),
    error: AlreadyExistsError,
    message: /an instance 'taken' already/,
  },
  {
    what: 'a stop for an image whose alias is in use',
    status: 'Running',
    act: (web) => web.publish({ stop: true, aliases: ['taken'] }),
    error: AlreadyExistsError,
    message: /alias 'taken'.*moveAliases/,
  },
  {
    what: 'a stop for an image that would delete the instance',
    status: 'Running',
    ephemeral: true,
    act: (web) => web.publish({ stop: true }),
    error: InvalidInputError,
    message: /ephemeral/,
  },
  {
    what: 'a stop for an image of what cannot shut down',
    status: 'Frozen',
    act: (web) => web.publish({ stop: true }),
    error: InvalidInputError,
    message: /frozen.*unfreeze it first/,
  },
  {
    what: 'an upload of an image whose alias is in use',
    status: 'Stopped',
    act: (_, client) => client.images.create(Buffer.from('an image'), { aliases: ['taken'] }),
    error: AlreadyExistsError,
    message: /alias 'taken'.*moveAliases/,
  },
  {
    what: 'an image that the server fetches, whose alias is in use',
    status: 'Stopped',
    act: (_, client) => client.images.create({ url: 'https://images.invalid/a' }, { aliases: ['taken'] }),
    error: AlreadyExistsError,
    message: /alias 'taken'.*moveAliases/,
  },
  {
    what: 'a rebuild of nothing that it was made of',
    status: 'Stopped',
    act: (web) => web.rebuild(),
    error: InvalidInputError,
    message: /not created from an image/,
  },
  {
    what: 'an export to a place that is not there',
    status: 'Stopped',
    act: (web) => web.exportTo('/no/such/folder/web.tar.gz'),
    error: InvalidInputError,
    message: /no\/such\/folder/,
  },
];

describeFakes('a method of several requests looks before it changes anything:', (start) => {
  it.each(doomed)('$what', async ({ status, config, profile, ephemeral, act, error, message }) => {
    const { server, client } = await start({ extensions: (own) => [...own, 'instances_rebuild'] });
    const { server: there, client: other } = await start();
    server.addProfile({ name: 'shared', config: profile ?? {} });
    const more = { ...(config && { config }), ...(ephemeral && { ephemeral }) };
    server.addInstance({ name: 'web', status, profiles: ['default', 'shared'], ...more });
    there.addInstance({ name: 'taken' });
    server.addImage({ aliases: ['taken'] });
    const web = client.instances.ref('web');
    server.clearRequests();
    const thrown = await rejection(act(web, client, other), error);
    expect(thrown.message).toMatch(message);
    const writes = [...sent(server), ...sent(there)].filter((line) => !line.startsWith('GET '));
    expect(writes).toEqual([]);
    expect((await web.state()).status).toBe(status);
  });
});

describeFakes('a deletion', (start) => {
  it('names what stops it where it runs', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'web', status: 'Running' });
    const error = await rejection(client.instances.ref('web').delete(), BadRequestError);
    expect(error.message).toMatch(/Instance is running \(400\): stop it first, or delete\({ force: true }\)/);
    expect([error.status, error.method, error.path]).toEqual([400, 'DELETE', '/1.0/instances/web']);
  });

  it('by force takes each state, and what is gone with its stop', async () => {
    for (const status of ['Running', 'Stopped', 'Frozen'] as const) {
      for (const ephemeral of [false, true]) {
        const { server, client } = await start();
        server.addInstance({ name: 'web', status, ephemeral });
        const web = client.instances.ref('web');
        await web.delete({ force: true });
        expect(await client.instances.names()).toEqual([]);
        await expect(web.state()).rejects.toThrow(/was deleted through this model/);
      }
    }
  });

  it('by force hands out an operation at { wait: false }, also of what is gone with its stop', async () => {
    for (const ephemeral of [false, true]) {
      const { server, client } = await start();
      server.addInstance({ name: 'web', status: 'Running', ephemeral });
      const operation = await client.instances.ref('web').delete({ force: true, wait: false });
      await operation.wait();
      expect(await client.instances.names()).toEqual([]);
    }
  });

  it('by force of what is not there is success if it is only to be gone', async () => {
    const { client } = await start();
    await client.instances.ref('web').delete({ force: true, ifExists: true });
    await expect(client.instances.ref('web').delete({ force: true })).rejects.toThrow(/not found/i);
  });
});

describeFakes('publish({ stop: true })', (start) => {
  const made = async (status: 'Running' | 'Stopped') => {
    const { server, client } = await start();
    server.addInstance({ name: 'web', status });
    return { server, client, web: await client.instances.get('web') };
  };

  it('stops it for that and starts it again', async () => {
    const { server, web } = await made('Running');
    await expect(web.publish()).rejects.toThrow(/stop it first, or publish\({ stop: true }\)/);
    server.clearRequests();
    const image = await web.publish({ stop: true, aliases: ['web'] });
    expect(image.aliases.map(({ name }) => name)).toEqual(['web']);
    expect(web.status).toBe('Running');
    const actions = server.requests.filter(({ method }) => method === 'PUT').map(({ body }) => body);
    expect(actions).toMatchObject([{ action: 'stop', force: false }, { action: 'start' }]);
  });

  it('leaves one that was stopped as it was', async () => {
    const { web } = await made('Stopped');
    await web.publish({ stop: true });
    expect((await web.fetch()).status).toBe('Stopped');
  });

  it('starts it again where no image could be made', async () => {
    const { server, web } = await made('Running');
    server.failNext('POST /1.0/images', { operation: 'No space left' });
    await expect(web.publish({ stop: true })).rejects.toThrow(OperationError);
    expect((await web.fetch()).status).toBe('Running');
  });

  it('starts it again where it is aborted or has no more time', async () => {
    for (const when of ['PUT /1.0/instances/web/state', 'POST /1.0/images']) {
      const { server, client } = await start({ operationTime: 60 });
      server.addInstance({ name: 'web', status: 'Running' });
      const web = await client.instances.get('web');
      const abort = new AbortController();
      const published = rejection(web.publish({ stop: true, signal: abort.signal }), AbortedError);
      while (!sent(server).some((line) => line.startsWith(when))) await setTimeout(1);
      abort.abort();
      await published;
      expect([when, (await web.fetch()).status]).toEqual([when, 'Running']);
      await expect(web.publish({ stop: true, timeout: 5 })).rejects.toThrow(TimeoutError);
      expect((await web.fetch()).status).toBe('Running');
      server.clearRequests();
      await expect(web.publish({ stop: true, signal: abort.signal })).rejects.toThrow(AbortedError);
      expect(sent(server)).toEqual([]);
    }
  });

  it('is always waited for', async () => {
    const { server, web } = await made('Running');
    server.clearRequests();
    await expect(web.publish({ stop: true, wait: false })).rejects.toThrow(/always waited for/);
    expect(sent(server)).toEqual([]);
  });
});
