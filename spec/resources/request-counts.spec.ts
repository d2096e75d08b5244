import type { Client } from 'tslxd';
import { describeFakes, inOneGo, sent } from './support.js';
import { smallImage } from '../support/small-image.js';

interface Script {
  what: string;
  run: (client: Client) => Promise<unknown>;
  /** What it may cost, `/wait` of operations included: on LXD 5.0.2 and on Incus 6.0.4. */
  lxd: number;
  incus: number;
}

const name = 'new';

/** The commonest scripts: a number that grows is a request that somebody waits for, thousands of times a day. */
const scripts: Script[] = [
  {
    what: 'get an instance and print it',
    run: async (client) => JSON.stringify(await client.instances.get('web')),
    lxd: 1,
    incus: 1,
  },
  {
    what: 'list instances with their states and snapshots',
    run: async (client) => {
      for (const { fetchedState } of await client.instances.all({ recursion: 2 })) fetchedState?.addresses();
    },
    lxd: 1,
    incus: 1,
  },
  {
    what: 'get, change and save an instance',
    run: async (client) => {
      await inOneGo(async () => {
        const web = await client.instances.get('web');
        web.config['user.a'] = '1';
        await web.save();
      });
    },
    lxd: 2,
    incus: 2,
  },
  {
    what: 'create and start',
    run: (client) => client.containers.create({ name, source: 'tiny', start: true }),
    lxd: 5, // the start is a request of its own
    incus: 3,
  },
  {
    what: 'create, start, run a command, delete',
    run: async (client) => {
      const made = await client.containers.create({ name, source: 'tiny', start: true });
      await made.exec(['true']);
      await made.delete({ force: true });
    },
    lxd: 17, // the command has three sockets, or four
    incus: 15,
  },
  {
    what: 'start and stop',
    run: async (client) => {
      const web = client.instances.ref('web');
      await web.start();
      await web.stop({ force: true });
    },
    lxd: 4,
    incus: 4,
  },
  {
    what: 'stop a model that was read',
    run: async (client) => (await client.instances.get('up')).stop({ force: true }),
    lxd: 4,
    incus: 4,
  },
  {
    what: 'stop what is stopped, if needed',
    run: (client) => client.instances.ref('web').stop({ ifNeeded: true }),
    lxd: 3,
    incus: 4, // which tells the reason of a failure only to who asks again
  },
  {
    what: 'delete a stopped one',
    run: (client) => client.instances.ref('web').delete(),
    lxd: 2,
    incus: 2,
  },
  {
    what: 'delete a running one by force',
    run: (client) => client.instances.ref('up').delete({ force: true }),
    lxd: 5,
    incus: 5,
  },
  {
    what: 'delete a stopped one by force',
    run: (client) => client.instances.ref('web').delete({ force: true }),
    lxd: 3,
    incus: 3,
  },
  {
    what: 'create three and start all at once',
    run: async (client) => {
      await Promise.all(['a', 'b', 'c'].map((one) => client.instances.create({ name: one, source: 'tiny' })));
      await client.instances.setState('start');
    },
    lxd: 9 + 4, // the list, the request, its end, and the list for what has become of them
    incus: 9 + 4,
  },
  {
    what: 'take a snapshot and restore it',
    run: async (client) => {
      const web = client.instances.ref('web');
      await web.snapshots.create('before');
      await web.restore('before');
    },
    lxd: 5,
    incus: 5,
  },
  {
    what: 'copy',
    run: (client) => client.instances.ref('web').copy(name),
    lxd: 4,
    incus: 4,
  },
  {
    what: 'find an image by its alias', // no server knows an image by it
    run: (client) => client.images.getByAlias('tiny'),
    lxd: 2,
    incus: 2,
  },
  {
    what: 'publish',
    run: (client) => client.instances.ref('web').publish(),
    lxd: 3,
    incus: 3,
  },
  {
    what: 'publish with an alias',
    run: (client) => client.instances.ref('web').publish({ aliases: ['web'] }),
    lxd: 5,
    incus: 5,
  },
  {
    what: 'publish with an alias that moves',
    run: (client) => client.instances.ref('web').publish({ aliases: ['tiny'], moveAliases: true }),
    lxd: 5,
    incus: 5,
  },
  {
    what: 'publish with properties and an alias',
    run: (client) => client.instances.ref('web').publish({ aliases: ['web'], properties: { release: '1' } }),
    lxd: 6,
    incus: 6,
  },
  {
    what: 'ensure an image that is there',
    run: (client) => client.images.ensure('tiny', Buffer.from('never sent')),
    lxd: 2,
    incus: 2,
  },
  {
    what: 'upload an image',
    run: (client) => client.images.create(smallImage()),
    lxd: 3,
    incus: 3,
  },
  {
    what: 'ensure an instance that is as wanted and runs',
    run: (client) => client.instances.ensure('up', { source: 'tiny', start: true }),
    lxd: 1,
    incus: 1,
  },
  {
    what: 'list and read in a project',
    run: async (client) => {
      const lab = client.useProject('lab');
      await lab.instances.all();
      await lab.instances.get('web');
    },
    lxd: 2,
    incus: 2,
  },
  {
    what: 'find nothing in a project, time and again', // the first time it is asked if there is one
    run: async (client) => {
      for (let time = 0; time < 3; time++) await client.useProject('empty').instances.all();
      for (const key of ['a', 'b']) await client.useProject('lab').instances.find(key);
    },
    lxd: 5 + 2,
    incus: 5 + 2,
  },
  {
    what: 'create a project with a copy of the default profile',
    run: (client) => client.projects.create({ name, defaultProfile: true }),
    lxd: 4,
    incus: 4,
  },
  {
    what: 'get, change and save a project',
    run: (client) =>
      inOneGo(async () => {
        const lab = await client.projects.get('lab');
        lab.config['limits.instances'] = '5';
        await lab.save();
      }),
    lxd: 4, // it is looked twice whether it stays, as with all whose servers check loosely
    incus: 4,
  },
  {
    what: 'ensure a project that is as wanted',
    run: (client) => client.projects.ensure('lab', { config: { 'features.images': 'true' } }),
    lxd: 1,
    incus: 1,
  },
  {
    what: 'delete an empty project by force',
    run: (client) => client.projects.ref('empty').delete({ force: true }),
    lxd: 2, // it is looked whether its profiles are its own
    incus: 2,
  },
  {
    what: 'copy a volume',
    run: (client) => client.storagePools.ref('default').volumes.ref('data').copy(name),
    lxd: 4,
    incus: 4,
  },
  {
    what: 'move a volume to another pool',
    run: (client) => client.storagePools.ref('default').volumes.ref('data').move({ pool: 'fast' }),
    lxd: 5, // it is looked for backups, which it would cost
    incus: 5,
  },
  {
    what: 'attach a volume and detach it',
    run: (client) =>
      inOneGo(async () => {
        const data = client.storagePools.ref('default').volumes.ref('data');
        await data.attachTo('web', { path: '/data' });
        await data.detachFrom('web');
      }),
    lxd: 5 + 4,
    incus: 5 + 4,
  },
  {
    what: 'list the volumes of two pools',
    run: (client) => client.storagePools.volumes.all(),
    lxd: 3,
    incus: 3,
  },
];

describeFakes('the requests of', (start, product) => {
  it.each(scripts)('$what', async ({ run, ...most }) => {
    const { server, client } = await start();
    server.addImage({ aliases: ['tiny'] });
    server.addInstance({ name: 'web' });
    server.addInstance({ name: 'up', status: 'Running' });
    for (const project of ['lab', 'empty']) server.addProject(project);
    server.addInstance({ name: 'web', project: 'lab' });
    server.addPool('fast');
    server.add('/1.0/storage-pools/default/volumes/custom', { name: 'data' });
    await client.server.fetch(); // what a connection learns but once
    server.clearRequests();
    await run(client);
    const lines = sent(server);
    expect({ lines, tooMany: lines.slice(most[product]) }).toEqual({ lines, tooMany: [] });
  });
});
