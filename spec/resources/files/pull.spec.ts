import type { ServerResponse } from 'node:http';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AbortedError, NotFoundError, TransferError, type InstanceFiles } from 'tslxd';
import { envelope, EventServer } from '../../events/event-server.js';
import { afterwards, rejection } from '../../rest/test-server.js';

/** What a lying server has at a path. */
type Entry = string | string[] | { link: string } | ((response: ServerResponse) => void);

let server: EventServer;
let files: InstanceFiles;
let target: string;
let folder: string;

/** Serves these paths, and nothing at the others. */
function offer(entries: Record<string, Entry>): void {
  server.answer = ({ url = '' }, response) => {
    const path = new URLSearchParams(url.split('?')[1]).get('path') ?? '';
    const entry = Object.hasOwn(entries, path) ? entries[path]! : undefined;
    if (entry === undefined) envelope(response, 404, { type: 'error', error: 'Not Found' });
    else if (typeof entry === 'function') entry(response);
    else {
      const type = typeof entry === 'string' ? 'file' : Array.isArray(entry) ? 'directory' : 'symlink';
      response.setHeader('X-LXD-type', type).setHeader('X-LXD-mode', '0755');
      if (Array.isArray(entry)) envelope(response, 200, { metadata: entry });
      else response.end(typeof entry === 'string' ? entry : entry.link);
    }
  };
}

beforeEach(async () => {
  server = await EventServer.start();
  files = server.client().instances.ref('web').files;
  folder = await mkdtemp(join(tmpdir(), 'tslxd-pull-'));
  target = join(folder, 'target');
  await writeFile(join(folder, 'victim'), 'safe');
  afterwards(async () => rm(folder, { recursive: true, force: true }));
});

/** Nothing is beside the target, and no half file in it. */
async function assertInside(...inTarget: string[]): Promise<void> {
  expect((await readdir(folder)).sort()).toEqual(['target', 'victim']);
  expect(await readFile(join(folder, 'victim'), 'utf8')).toBe('safe');
  expect((await readdir(target)).sort()).toEqual(inTarget.sort());
}

describe('pull() from a server that lies', () => {
  it('takes no name for a path', async () => {
    const names = ['..', '.', '', '../victim', '/etc/passwd', 'a/b', 'nul\0', '../../x', 'fine'];
    offer({
      '/evil': names,
      ...Object.fromEntries(names.map((name) => [`/evil/${name}`, 'pwned'])),
      '/victim': 'pwned',
      '/evil/fine': 'fine',
    });
    const error = await rejection<TransferError>(files.pull('/evil', target));
    expect(error).toBeInstanceOf(TransferError);
    expect(error.failed).toHaveLength(names.length - 1);
    for (const one of error.failed) expect(one.error.message).toMatch(/is no name that a directory can hold/);
    expect(error.report).toMatchObject({ files: 1, directories: 1 });
    await assertInside('fine');
  });

  it('follows no link while it writes, whatever it is said to be next', async () => {
    offer({
      '/evil': ['out', 'out', 'd'],
      '/evil/out': { link: '..' },
      '/evil/out/victim': 'pwned',
      '/evil/d': ['out'],
      '/evil/d/out': { link: `${folder}/victim` },
    });
    await files.pull('/evil', target);
    await assertInside('out', 'd');
  });

  it('a body that is cut leaves no file', async () => {
    offer({
      '/evil': ['cut'],
      '/evil/cut': (response) => {
        response.writeHead(200, { 'X-LXD-type': 'file', 'X-LXD-mode': '0644', 'Content-Length': '10' });
        response.write('half');
        setTimeout(() => response.destroy(), 20);
      },
    });
    const error = await rejection<TransferError>(files.pull('/evil', target));
    expect(error.failed.map(({ path }) => path)).toEqual(['cut']);
    await assertInside();
  });

  it('lists, types and modes that make no sense are errors', async () => {
    offer({
      '/evil': ['type', 'list', 'mode'],
      '/evil/type': (response) => response.setHeader('X-LXD-type', 'socket').end('x'),
      '/evil/list': (response) => {
        response.setHeader('X-LXD-type', 'directory');
        envelope(response, 200, { metadata: [{ name: 'x' }] });
      },
      '/evil/mode': (response) =>
        response.setHeader('X-LXD-type', 'file').setHeader('X-LXD-mode', '4777').end('x'),
    });
    const error = await rejection<TransferError>(files.pull('/evil', target));
    expect(error.failed.map(({ path }) => path).sort()).toEqual(['list', 'type']);
    await assertInside('mode'); // without its set-uid bit
  });

  it('stops when it is aborted, and says what is left', async () => {
    const controller = new AbortController();
    offer({
      '/evil': ['a', 'b', 'c'],
      '/evil/a': (response) => {
        controller.abort();
        response.end('a');
      },
      '/evil/b': 'b',
      '/evil/c': 'c',
    });
    const { signal } = controller;
    const error = await rejection<TransferError>(files.pull('/evil', target, { signal, concurrency: 1 }));
    expect(error.cause).toBeInstanceOf(AbortedError);
    expect(error.notTried).toEqual(['b', 'c']);
    await assertInside();
  });

  it('stops when the server is gone', async () => {
    offer({
      '/evil': ['a', 'b', 'c'],
      '/evil/a': () => void server.stop(),
      '/evil/b': 'b',
      '/evil/c': 'c',
    });
    const error = await rejection<TransferError>(files.pull('/evil', target, { concurrency: 1 }));
    expect(error.failed.map(({ path }) => path)).toEqual(['a']);
    expect(error.notTried).toEqual(['b', 'c']);
  });

  it('of nothing is a NotFoundError, and makes nothing', async () => {
    offer({});
    expect(await rejection(files.pull('/none', target))).toBeInstanceOf(NotFoundError);
    expect(await readdir(folder)).toEqual(['victim']);
  });
});
