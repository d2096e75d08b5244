import { InvalidInputError, UnsupportedError, type Client } from '../../../lib/index.js';
import { rejection } from '../../rest/test-server.js';
import { BackupServer } from './backups/backup-server.js';

let server: BackupServer;
let client: Client;

async function use(product: 'lxd' | 'incus', ...extensions: string[]): Promise<void> {
  server = await BackupServer.start(product, ...extensions);
  client = server.client({ project: 'ours' });
}

const posted = () => JSON.parse(server.last.body.toString()) as Record<string, unknown>;

describe('what copies send', () => {
  it('all that the server would not take over by itself', async () => {
    await use('lxd');
    await client.instances.ref('web').copy('new');
    expect(posted()).toEqual({
      name: 'new',
      type: 'container',
      architecture: 'x86_64',
      description: 'the original',
      ephemeral: true,
      profiles: ['default', 'web'],
      config: {},
      devices: {},
      source: {
        type: 'copy',
        source: 'web',
        project: 'ours',
        'base-image': 'ab'.repeat(32),
        instance_only: false,
      },
    });
    expect(server.last.query).toBe('project=ours');
  });

  it('what is given, the pool at the root disk, the project and member in the query', async () => {
    await use('incus', 'instance_create_start');
    await client.instances.ref('web').copy('new', {
      profiles: [],
      config: { 'user.a': '' },
      devices: { data: { type: 'none' } },
      pool: 'fast',
      project: 'theirs',
      target: 'm2',
      instanceOnly: true,
      allowInconsistent: true,
      ephemeral: false,
      description: '',
      start: true,
    });
    expect(posted()).toMatchObject({
      description: '',
      ephemeral: false,
      profiles: [],
      config: { 'user.a': '' },
      devices: { data: { type: 'none' }, system: { type: 'disk', path: '/', pool: 'fast', size: '1GiB' } },
      source: { project: 'ours', instance_only: true, allow_inconsistent: true },
    });
    // Not by the server, whose error would not say whether it was the copy or the start that failed.
    expect(posted()).not.toHaveProperty('start');
    expect(server.last.query).toBe('project=theirs&target=m2');
    // The model is of the project, whichever member it is on.
    const last = server.came.findLast(({ line }) => line === 'GET /1.0/instances/new');
    expect(last?.query).toBe('project=theirs');
  });

  it('a snapshot by its own description', async () => {
    await use('lxd');
    const copy = await client.instances.ref('web').snapshots.ref('then').copy('new', { ephemeral: true });
    expect(copy.name).toBe('new');
    expect(posted()).toMatchObject({ name: 'new', ephemeral: true, source: { source: 'web/then' } });
    expect(posted()).not.toHaveProperty('type');
    await client.instances.ref('web').copy('new', { snapshot: 'then' });
    expect(posted()).toMatchObject({ ephemeral: false, source: { source: 'web/then' } });
  });

  it('devices and keys of any name', async () => {
    await use('lxd');
    const strange = JSON.parse('{"__proto__": {"type": "none"}, "constructor": {"type": "none"}}') as Record<
      string,
      Record<string, string>
    >;
    await client.instances.ref('web').copy('new', { devices: strange, pool: 'fast' });
    const { devices } = posted() as { devices: object };
    expect(Object.keys(devices).sort()).toEqual(['__proto__', 'constructor', 'system']);
  });
});

describe('what moves send', () => {
  it('never a live one unless asked, and the spelling of the API', async () => {
    await use('lxd', 'instance_move_config');
    const web = client.instances.ref('web');
    await web.move({ pool: 'fast' });
    expect(posted()).toEqual({ migration: true, live: false, pool: 'fast' });
    await web.move({ target: 'm2', live: true });
    expect(posted()).toEqual({ migration: true, live: true });
    expect(server.last.query).toBe('project=ours&target=m2');
    await web.move({
      project: 'theirs',
      pool: 'fast',
      name: 'web',
      config: { 'user.a': '1' },
      devices: { a: { type: 'none' } },
      profiles: [],
      instanceOnly: true,
      allowInconsistent: true,
    });
    expect(posted()).toEqual({
      migration: true,
      live: false,
      name: 'web',
      pool: 'fast',
      project: 'theirs',
      Config: { 'user.a': '1' },
      Devices: { a: { type: 'none' } },
      Profiles: [],
      instance_only: true,
      allow_inconsistent: true,
    });
    await web.fetch();
    expect(server.came.at(-1)?.query).toBe('project=theirs'); // the model went along
  });

  it('no member that only the client is directed to', async () => {
    await use('lxd');
    await client.useTarget('m1').instances.ref('web').move({ pool: 'fast' });
    expect(server.last.query).toBe('project=ours');
  });

  it('nothing that the server would ignore, and nothing that would lose a backup', async () => {
    await use('lxd');
    const web = client.instances.ref('web');
    for (const options of [
      { pool: 'fast', project: 'theirs' },
      { project: 'theirs', target: 'm2' },
      { pool: 'fast', profiles: [] },
      { pool: 'fast', config: {} },
    ]) {
      const error = await rejection<UnsupportedError>(web.move(options));
      expect([error.constructor, error.extension]).toEqual([UnsupportedError, 'instance_move_config']);
    }
    server.backups.add('night ly');
    for (const options of [{ pool: 'fast' }, { project: 'theirs' }]) {
      const error = await rejection(web.move(options));
      expect(error).toBeInstanceOf(InvalidInputError);
      expect(error.message).toMatch(/delete its backups \(night ly\)/);
    }
    expect(server.lines.filter((line) => line.startsWith('POST'))).toEqual([]);
  });
});
