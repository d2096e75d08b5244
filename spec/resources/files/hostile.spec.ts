import type { ServerResponse } from 'node:http';
import { InvalidInputError, NotFoundError, ProtocolError, type InstanceFiles } from 'tslxd';
import { envelope, EventServer } from '../../events/event-server.js';
import { afterwards, rejection } from '../../rest/test-server.js';

let server: EventServer;
let files: InstanceFiles;
let asked: string[];

/** Serves these listings, and a plain answer to all else. */
function offer(listings: Record<string, unknown>, more?: (response: ServerResponse) => void): void {
  asked = [];
  server.answer = ({ method = '', url = '' }, response) => {
    const path = new URLSearchParams(url.split('?')[1]).get('path') ?? '';
    asked.push(`${method} ${path}`);
    if (method === 'DELETE' && Object.hasOwn(listings, path)) {
      envelope(response, 500, { type: 'error', error: 'sftp: "directory not empty"', error_code: 500 });
    } else if (method === 'DELETE') envelope(response, 200, { type: 'sync', metadata: {} });
    else if (more) more(response);
    else {
      const type = Object.hasOwn(listings, path) ? 'directory' : 'file';
      response.setHeader('X-LXD-type', type).setHeader('X-LXD-mode', '0755');
      envelope(response, 200, { type: 'sync', metadata: listings[path] });
    }
  };
}

beforeEach(async () => {
  server = await EventServer.start();
  const client = server.client();
  files = client.instances.ref('web').files;
  afterwards(() => client.close());
});

describe('a listing that lies', () => {
  it.each(['.', '..', 'a/b', '/etc', '', 'nul\0', '../x'])(
    'offers %j, which is not followed',
    async (name) => {
      offer({ '/evil': ['fine', name], [`/evil/${name}`]: ['again'] });
      const error = await rejection(files.rm('/evil', { recursive: true }));
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error.message).toMatch(/is no name that a directory can hold/);
      expect(asked).toEqual(['DELETE /evil', 'HEAD /evil', 'GET /evil']);
      expect(await rejection(files.readdir('/evil'))).toBeInstanceOf(ProtocolError);
    },
  );

  it.each([[5], [{ a: 1 }], ['text'], [[1]], [[null]]])('is %j', async (metadata) => {
    offer({ '/evil': metadata });
    for (const call of [() => files.readdir('/evil'), () => files.rm('/evil', { recursive: true })]) {
      expect(await rejection(call())).toBeInstanceOf(ProtocolError);
    }
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['a mode', (response) => response.setHeader('X-LXD-mode', 'rwx')],
    ['an owner', (response) => response.setHeader('X-LXD-uid', 'root')],
    ['a type', (response) => response.setHeader('X-LXD-type', 'socket')],
  ])('tells %s that is none', async (_title, set) => {
    offer({}, (response) => {
      set(response);
      response.end();
    });
    for (const call of [() => files.stat('/x'), () => files.readFile('/x'), () => files.lstat('/x')]) {
      expect(await rejection(call())).toBeInstanceOf(ProtocolError);
    }
  });

  it.each(['relative', '', 'nul\0'])('of a link names the target %j', async (target) => {
    offer({}, (response) => response.setHeader('X-LXD-type', 'symlink').end(target));
    expect(await rejection(files.readFile('/x'))).toBeInstanceOf(ProtocolError);
  });

  it('is not JSON', async () => {
    offer({}, (response) => response.setHeader('X-LXD-type', 'directory').end('{"metadata":['));
    expect(await rejection(files.readdir('/x'))).toBeInstanceOf(ProtocolError);
  });
});

describe('a removal of many', () => {
  it('takes turns, and stops at the first that fails', async () => {
    let atOnce = 0;
    let most = 0;
    const names = Array.from({ length: 300 }, (_, i) => `f${i}`);
    server.answer = ({ method = '', url = '' }, response) => {
      const path = new URLSearchParams(url.split('?')[1]).get('path') ?? '';
      most = Math.max(most, (atOnce += 1));
      setTimeout(() => {
        atOnce -= 1;
        if (method === 'GET' || method === 'HEAD') {
          response.setHeader('X-LXD-type', path === '/many' ? 'directory' : 'file');
          envelope(response, 200, { type: 'sync', metadata: names });
        } else if (path === '/many' || path === '/many/f50') {
          envelope(response, 500, { type: 'error', error: 'refused', error_code: 500 });
        } else envelope(response, 200, { type: 'sync', metadata: {} });
        asked.push(`${method} ${path}`);
      }, 2);
    };
    asked = [];
    const error = await rejection(files.rm('/many', { recursive: true }));
    expect(error.message).toMatch(/"\/many\/f50" in instance 'web': .*refused/);
    expect(most).toBeLessThanOrEqual(10);
    expect(asked.length).toBeLessThan(100);
  });
});

describe('bad input of files, refused before anything is sent', () => {
  const unknown = { nonsense: 1 } as never;
  it.each<[string, () => unknown]>([
    ['readFile', () => files.readFile('/x', unknown)],
    ['readFile with an unknown encoding', () => files.readFile('/x', 'utf9' as never)],
    ['writeFile', () => files.writeFile('/x', '', unknown)],
    ['appendFile', () => files.appendFile('/x', '', unknown)],
    ['readdir', () => files.readdir('/x', unknown)],
    ['mkdir', () => files.mkdir('/x', unknown)],
    ['rm', () => files.rm('/x', unknown)],
    ['stat', () => files.stat('/x', unknown)],
    ['lstat', () => files.lstat('/x', unknown)],
    ['exists', () => files.exists('/x', unknown)],
    ['symlink', () => files.symlink('/y', '/x', unknown)],
    ['readlink', () => files.readlink('/x', unknown)],
    ['createReadStream', async () => files.createReadStream('/x', unknown)],
    ['createWriteStream', async () => files.createWriteStream('/x', unknown)],
    ['createWriteStream with odd flags', async () => files.createWriteStream('/x', { flags: 'r' as never })],
    ['push', () => files.push('/x', '/y', unknown)],
    ['pull', () => files.pull('/x', '/y', unknown)],
    ['sftpSocket', () => files.sftpSocket(unknown)],
    ['push with a concurrency of 0', () => files.push('/tmp', '/y', { concurrency: 0 })],
    ['pull with a concurrency of NaN', () => files.pull('/x', '/y', { concurrency: NaN })],
    ['push of nothing', () => files.push('', '/y')],
    ['writeFile with a set-uid bit', () => files.writeFile('/x', '', { mode: 0o4755 })],
    ['mkdir with a sticky bit', () => files.mkdir('/x', { mode: 0o1777 })],
    ['push with a set-gid bit', () => files.push('/tmp', '/y', { mode: 0o2755 })],
    ['writeFile of null', () => files.writeFile('/x', null as never)],
    ['writeFile with a name for an owner', () => files.writeFile('/x', '', { uid: 'root' as never })],
  ])('%s', async (_title, call) => {
    offer({});
    const error = await rejection((async () => call())());
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(asked).toEqual([]);
  });
});

test('a proxy that knows of no instance is not taken for a missing file', async () => {
  server.answer = (_request, response) => {
    envelope(response, 404, { type: 'error', error: 'Instance not found', error_code: 404 });
  };
  for (const call of [
    () => files.exists('/x'),
    () => files.rm('/x', { force: true }),
    () => files.rm('/x', { force: true, recursive: true }),
    () => files.readFile('/x'),
    () => files.mkdir('/x', { recursive: true }),
    () => files.appendFile('/x', ''),
    () => files.symlink('/y', '/x'),
  ]) {
    const error = await rejection(call());
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error.message).toMatch(/^GET \/1.0\/instances\/web: Instance not found/);
  }
});

test('what is printed of the files has nothing secret', () => {
  expect(JSON.stringify({ files })).toBe('{"files":"InstanceFiles(\\"web\\")"}');
});
