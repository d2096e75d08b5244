import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AbortedError,
  ClosedError,
  ConnectionError,
  ForbiddenError,
  InvalidInputError,
  OperationError,
  ProtocolError,
  ServerError,
  TimeoutError,
  type Progress,
} from '../../../../lib/index.js';
import { afterwards, fail, rejection, sync, until } from '../../../rest/test-server.js';
import { BackupServer, content } from './backup-server.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tslxd-export-'));
  file = join(folder, 'web.tar');
  afterwards(() => rm(folder, { recursive: true, force: true }));
});

const made = 'POST /1.0/instances/web/backups';
const waited = 'GET /1.0/operations/backup/wait';
const fetched = 'GET /1.0/instances/web/backups/*';
const exported = 'GET /1.0/instances/web/backups/*/export';
const deleted = 'DELETE /1.0/instances/web/backups/*';

/** Half of the content, of all of which the headers tell, and the end of the connection. */
function cut(response: ServerResponse): void {
  response.writeHead(200, {
    'content-length': String(content.length),
    'content-type': 'application/octet-stream',
  });
  response.write(content.subarray(0, content.length / 2), () => setTimeout(() => response.destroy(), 20));
}

describe('exportTo() over a backup', () => {
  let server: BackupServer;

  beforeEach(async () => {
    server = await BackupServer.start('lxd');
  });

  it('makes a backup that would expire, downloads it, deletes it', async () => {
    const seen: Progress[] = [];
    const client = server.client();
    const web = client.instances.ref('web');
    const begun = Date.now();
    const options = { instanceOnly: true, optimizedStorage: true, compressionAlgorithm: 'zstd' };
    expect(await web.exportTo(file, { ...options, onProgress: (progress) => seen.push(progress) })).toBe(
      file,
    );
    expect(content.equals(await readFile(file))).toBe(true);
    expect(server.lines.filter((line) => !/^GET .1\.0.(operations|events)/.test(line))).toEqual([
      made,
      fetched,
      exported,
      deleted,
    ]);
    expect(server.backups.size).toBe(0);
    const body = JSON.parse(server.last.body.toString()) as { name: string; expires_at: string };
    expect(body).toMatchObject({
      instance_only: true,
      optimized_storage: true,
      compression_algorithm: 'zstd',
    });
    expect(body.name).toMatch(/^tslxd-[0-9a-f]{12}$/);
    expect(new Date(body.expires_at).getTime()).toBeGreaterThan(begun + 3_600_000);
    expect(seen.at(-1)).toMatchObject({ stage: 'download', percent: 100, bytes: content.length });
    expect(seen.at(-1)?.text).toMatch(/^download: 100% \([\d.]+MB\/s\)$/);
  });

  it.each<
    [string, Record<string, (response: ServerResponse) => void>, abstract new (...a: never[]) => Error]
  >([
    ['is cut', { [exported]: cut }, ConnectionError],
    ['is refused', { [exported]: (response) => fail(response, 500, 'no space left') }, ServerError],
    ['is no answer', { [exported]: (response) => response.destroy() }, ConnectionError],
    ['was not made', { [made]: (response) => fail(response, 403, 'Project has no backups') }, ForbiddenError],
    ['has gone', { [fetched]: (response) => fail(response, 500, 'database is locked') }, ServerError],
  ])('a backup that %s leaves neither file nor backup', async (_, lies, Class) => {
    for (const [line, lie] of Object.entries(lies)) server.lies[line] = (_request, response) => lie(response);
    await writeFile(file, 'the old one');
    expect(await rejection(server.client().instances.ref('web').exportTo(file))).toBeInstanceOf(Class);
    expect(await readdir(folder)).toEqual(['web.tar']);
    expect(await readFile(file, 'utf8')).toBe('the old one');
    expect(server.backups.size).toBe(0);
  });

  it('a backup that fails at 99 % is deleted', async () => {
    server.end = () => ({ status_code: 400, status: 'Failure', err: 'no space left on device' });
    const error = await rejection(server.client().instances.ref('web').exportTo(file));
    expect(error).toBeInstanceOf(OperationError);
    expect(error.message).toMatch(/no space left/);
    expect(await readdir(folder)).toEqual([]);
    expect(server.lines.at(-1)).toBe(deleted);
    expect(server.backups.size).toBe(0);
  });

  it('an abort while it is made waits for its end, and then deletes it', async () => {
    let running = true;
    server.lies[waited] = (_request, response) => {
      controller.abort(new Error('enough'));
      setTimeout(() => {
        running = false;
        sync(response, { id: 'backup', class: 'task', status_code: 200, status: 'Success', metadata: null });
      }, 100);
    };
    server.lies[deleted] = (_request, response) => {
      expect(running).toBe(false);
      server.backups.clear();
      sync(response);
    };
    const controller = new AbortController();
    const { signal } = controller;
    const error = await rejection(server.client().instances.ref('web').exportTo(file, { signal }));
    expect(error).toBeInstanceOf(AbortedError);
    expect((error.cause as Error).message).toBe('enough');
    expect(server.lines).not.toContain(exported);
    expect(server.backups.size).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });

  it('an abort, or the end of the time, while it comes leaves nothing', async () => {
    const controller = new AbortController();
    server.lies[exported] = (_request, response) => {
      response.writeHead(200, { 'content-length': String(content.length) });
      response.write(content.subarray(0, 1000)); // and no more
    };
    const web = server.client().instances.ref('web');
    const late = await rejection(web.exportTo(file, { timeout: 300 }));
    expect(late).toBeInstanceOf(TimeoutError);
    expect(late.message).toBe(`The export of instance 'web' to ${file} took longer than 300 ms`);
    server.came.length = 0;
    const aborted = rejection(web.exportTo(file, { signal: controller.signal }));
    await until(() => server.lines.includes(exported));
    controller.abort();
    expect(await aborted).toBeInstanceOf(AbortedError);
    expect(server.backups.size).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });

  it('a client that is closed, or a server that is gone, leaves no file', async () => {
    const client = server.client();
    server.lies[exported] = (_request, response) => {
      response.writeHead(200, { 'content-length': String(content.length) });
      response.write(content.subarray(0, 1000));
      setTimeout(() => void client.close(), 20);
    };
    expect(await rejection(client.instances.ref('web').exportTo(file))).toBeInstanceOf(ClosedError);
    server.lies[exported] = () => void server.stop();
    const gone = server.client().instances.ref('web').exportTo(file);
    expect(await rejection(gone)).toBeInstanceOf(ConnectionError);
    expect(await readdir(folder)).toEqual([]);
  });

  it('a backup that cannot be deleted is told of, and the file is there', async () => {
    const warnings: string[] = [];
    server.lies[deleted] = (_request, response) => fail(response, 500, 'busy');
    const client = server.client({ log: { warn: (line) => warnings.push(line) } });
    expect(await client.instances.ref('web').exportTo(file)).toBe(file);
    expect(content.equals(await readFile(file))).toBe(true);
    expect(warnings).toEqual([
      expect.stringMatching(/^Backup 'tslxd-[0-9a-f]+' is left on the server, until it expires: .*busy/),
    ]);
  });

  it('replaces a file when all is there, and writes through a link', async () => {
    const real = join(folder, 'real.tar');
    await writeFile(real, 'the old one');
    await symlink(real, file);
    expect(await server.client().instances.ref('web').exportTo(file)).toBe(real);
    expect((await lstat(file)).isSymbolicLink()).toBe(true);
    expect(content.equals(await readFile(real))).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(['real.tar', 'web.tar']);
  });

  it('what cannot be written is said before anything is asked', async () => {
    await mkdir(join(folder, 'taken'));
    const web = server.client().instances.ref('web');
    for (const path of [folder, join(folder, 'taken'), join(folder, 'none', 'x'), '', 7 as never]) {
      expect(await rejection(web.exportTo(path))).toBeInstanceOf(InvalidInputError);
    }
    expect(await rejection(web.exportTo(file, { instanceOnly: 1 as never }))).toBeInstanceOf(
      InvalidInputError,
    );
    expect(server.came).toEqual([]);
    expect(await readdir(folder)).toEqual(['taken']);
  });
});

/** All of the content in chunks, and a polite end of the connection in place of the empty one that says so. */
function withoutEnd({ socket }: ServerResponse): void {
  const head =
    'HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ntransfer-encoding: chunked\r\n\r\n';
  socket?.write(`${head}${content.length.toString(16)}\r\n`);
  socket?.write(content);
  socket?.end('\r\n');
}

describe('exportTo() where the server sends while it makes', () => {
  let server: BackupServer;

  beforeEach(async () => {
    server = await BackupServer.start('incus', 'direct_backup');
  });

  const direct = (response: ServerResponse) =>
    response.writeHead(200, { 'content-type': 'application/octet-stream' });

  it('one request, and nothing to delete', async () => {
    const seen: Progress[] = [];
    server.lies[made] = (_request, response) => {
      direct(response).write(content.subarray(0, 100_000));
      setTimeout(() => response.end(content.subarray(100_000)), 20);
    };
    const web = server.client().instances.ref('web');
    await web.exportTo(file, { instanceOnly: true, onProgress: (progress) => seen.push(progress) });
    expect(content.equals(await readFile(file))).toBe(true);
    expect(server.lines).toEqual([made]);
    expect(server.last.headers.accept).toBe('application/octet-stream');
    expect(JSON.parse(server.last.body.toString())).toEqual({
      instance_only: true,
      optimized_storage: false,
    });
    expect(seen.at(-1)).toMatchObject({ stage: 'download', bytes: content.length });
    expect(seen.at(-1)).not.toHaveProperty('percent');
  });

  it.each<[string, (response: ServerResponse) => void, abstract new (...a: never[]) => Error]>([
    [
      'is cut midway',
      (response) => void direct(response).write('x', () => response.destroy()),
      ConnectionError,
    ],
    [
      'is cut at once',
      (response) => {
        direct(response).flushHeaders();
        setTimeout(() => response.destroy(), 20);
      },
      ConnectionError,
    ],
    ['lacks only its last chunk', (response) => withoutEnd(response), ConnectionError],
    ['is refused', (response) => fail(response, 403, 'no'), ForbiddenError],
    ['is an operation', (response) => sync(response, {}), ProtocolError],
  ])('a backup that %s leaves no file', async (_, lie, Class) => {
    server.lies[made] = (_request, response) => lie(response);
    expect(await rejection(server.client().instances.ref('web').exportTo(file))).toBeInstanceOf(Class);
    expect(await readdir(folder)).toEqual([]);
    expect(server.lines).toEqual([made]);
  });

  it('an abort ends the connection, by which the server stops', async () => {
    const controller = new AbortController();
    let gone = false;
    server.lies[made] = (_request, response) => {
      response.once('close', () => (gone = true));
      direct(response).write('x', () => controller.abort());
    };
    const { signal } = controller;
    const error = await rejection(server.client().instances.ref('web').exportTo(file, { signal }));
    expect(error).toBeInstanceOf(AbortedError);
    await until(() => gone);
    expect(await readdir(folder)).toEqual([]);
  });
});
