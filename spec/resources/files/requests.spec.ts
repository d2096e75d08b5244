import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NotFoundError, type Client, type Instance } from 'tslxd';
import type { FakeServer } from 'tslxd/testing';
import { describeFakes, rejection } from '../support.js';

describeFakes('the requests of commands and files', (start) => {
  let server: FakeServer;
  let client: Client;
  let web: Instance;
  let local: string;
  beforeEach(async () => {
    ({ server, client } = await start());
    server.addInstance({ name: 'web', status: 'Running' });
    web = client.instances.ref('web');
    await web.exec(['true']); // opens the event socket that all waits share
    local = await mkdtemp(join(tmpdir(), 'tslxd-requests-'));
    await mkdir(join(local, 'inner'));
    for (let i = 0; i < 10; i++) await writeFile(join(local, i % 2 ? 'inner' : '.', `f${i}`), 'x');
    for (const name of ['d', 'd/e']) await web.files.mkdir(`/${name}`);
    for (const name of ['f', 'd/f', 'd/e/f']) await web.files.writeFile(`/${name}`, '', { mode: 0o600 });
  });
  afterEach(() => rm(local, { recursive: true, force: true }));

  const scripts: Record<string, [() => Promise<unknown>, string[]]> = {
    'exec()': [async () => web.exec(['true']), ['POST', ...Array<string>(5).fill('GET')]],
    'exec() with `checkCwd`': [
      async () => web.exec(['true'], { cwd: '/d', checkCwd: true }),
      ['GET', 'POST', ...Array<string>(5).fill('GET')],
    ],
    'readFile()': [() => web.files.readFile('/f'), ['GET']],
    'readFile() of what is not there': [
      () => rejection(web.files.readFile('/none'), NotFoundError),
      ['GET', 'GET'],
    ],
    'writeFile()': [() => web.files.writeFile('/f', 'x'), ['POST']],
    'writeFile() with a mode': [() => web.files.writeFile('/new', 'x', { mode: 0o600 }), ['HEAD', 'POST']],
    'appendFile()': [() => web.files.appendFile('/f', 'x'), ['HEAD', 'POST']],
    'mkdir()': [() => web.files.mkdir('/x'), ['HEAD', 'POST']],
    'mkdir() of three': [
      () => web.files.mkdir('/x/y/z', { recursive: true }),
      ['HEAD', 'HEAD', 'HEAD', 'POST', 'POST', 'POST'],
    ],
    'exists()': [() => web.files.exists('/f'), ['HEAD']],
    'exists() of what is not there': [() => web.files.exists('/none'), ['HEAD', 'GET']],
    'rm()': [() => web.files.rm('/f'), ['DELETE']],
    'rm() of a file, recursive': [() => web.files.rm('/f', { recursive: true }), ['DELETE']],
    'rm() of a tree of two directories and two files': [
      () => web.files.rm('/d', { recursive: true }),
      [...Array<string>(6).fill('DELETE'), 'GET', 'GET', 'HEAD', 'HEAD'],
    ],
    'push() of a tree of ten files': [
      () => web.files.push(local, '/tree'),
      ['HEAD', ...Array<string>(12).fill('POST')],
    ],
    'push() of the same again': [
      async () => {
        await web.files.push(local, '/tree');
        await web.files.push(local, '/tree');
      },
      [
        'HEAD',
        ...Array<string>(12).fill('POST'),
        ...Array<string>(13).fill('HEAD'),
        ...Array<string>(10).fill('POST'),
      ],
    ],
  };

  it.each(Object.keys(scripts))('%s', async (name) => {
    const [script, methods] = scripts[name]!;
    const before = server.requests.length;
    await script();
    expect(
      server.requests
        .slice(before)
        .map(({ method }) => method)
        .sort(),
    ).toEqual([...methods].sort());
  });
});
