import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortedError,
  BadRequestError,
  ConnectionError,
  InvalidInputError,
  UnsupportedError,
  type ImportOptions,
  type Progress,
} from '../../../../lib/index.js';
import { afterwards, fail, rejection } from '../../../rest/test-server.js';
import { BackupServer, content } from './backup-server.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tslxd-import-'));
  file = join(folder, 'web.tar');
  await writeFile(file, content);
  afterwards(() => rm(folder, { recursive: true, force: true }));
});

const upload = 'POST /1.0/instances';

/** The headers that belong to a product. */
function own(headers: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-')));
}

describe('instances.import()', () => {
  it('sends a file, bytes and a stream, with their length where it is known', async () => {
    const server = await BackupServer.start('lxd');
    const { instances } = server.client();
    const pieces = async function* () {
      yield content.subarray(0, 1000);
      yield content.subarray(1000);
    };
    const seen: Progress[] = [];
    const options = { name: 'new', onProgress: (progress: Progress) => seen.push(progress) };
    for (const [source, length] of [
      [file, '300000'],
      [content, '300000'],
      [Readable.from([content]), undefined],
      [pieces(), undefined],
    ] as const) {
      expect((await instances.import(source, options)).name).toBe('new');
      const { headers, body } = server.last;
      expect(headers['content-type']).toBe('application/octet-stream');
      expect(headers['content-length']).toBe(length);
      expect(own(headers)).toEqual({ 'x-lxd-name': 'new' });
      expect(content.equals(body)).toBe(true);
    }
    expect(seen.filter(({ percent }) => percent === 100)).toHaveLength(2);
    expect(seen[0]).toMatchObject({ stage: 'upload', percent: 100, bytes: content.length });
  });

  it.each(['lxd', 'incus'] as const)(
    'tells %s of a pool in UTF-8, and of none that it would misread',
    async (product) => {
      const server = await BackupServer.start(product);
      const { instances } = server.client();
      await instances.import(file, { name: 'new', pool: 'schnell ä 日' });
      const pool = own(server.last.headers)[`x-${product}-pool`] as string;
      expect(Buffer.from(pool, 'latin1').toString()).toBe('schnell ä 日');
      const before = server.lines.length;
      for (const odd of [' a', 'a\t', 'a\r\nb', 'a\u007f'])
        for (const options of [{ pool: odd }, { name: odd }])
          expect(await rejection(instances.import(file, options))).toBeInstanceOf(InvalidInputError);
      expect(server.lines).toHaveLength(before);
    },
  );

  it('tells LXD of devices in its language', async () => {
    const server = await BackupServer.start('lxd', 'import_instance_devices');
    await server.client().instances.import(file, {
      name: 'new',
      pool: 'fast',
      devices: { eth0: { type: 'none' }, 'a&b': { type: 'disk', source: '/with space', path: '/x=y' } },
    });
    const headers = own(server.last.headers);
    expect(headers).toMatchObject({ 'x-lxd-name': 'new', 'x-lxd-pool': 'fast' });
    const devices = Object.fromEntries(
      [...new URLSearchParams(headers['x-lxd-devices'] as string)].map(([name, device]) => [
        name,
        Object.fromEntries(new URLSearchParams(device)),
      ]),
    );
    expect(devices).toEqual({
      eth0: { type: 'none' },
      'a&b': { type: 'disk', source: '/with space', path: '/x=y' },
    });
    const config = server.client().instances.import(file, { config: { 'user.a': '1' } });
    expect(await rejection(config)).toBeInstanceOf(UnsupportedError);
  });

  it('tells Incus of devices and config in its language, and says what that cannot carry', async () => {
    const server = await BackupServer.start('incus', 'backup_override_config');
    const { instances } = server.client();
    await instances.import(file, {
      name: 'new',
      pool: 'fast',
      devices: { eth0: { type: 'none' }, data: { type: 'disk', source: '/srv' } },
      config: { 'user.a': 'b=c', 'user.ä': 'ö' },
    });
    const { 'x-incus-config': config, ...headers } = own(server.last.headers);
    expect(headers).toEqual({
      'x-incus-name': 'new',
      'x-incus-pool': 'fast',
      'x-incus-devices': 'eth0,type=none data,type=disk data,source=/srv',
    });
    expect(Buffer.from(config as string, 'latin1').toString()).toBe('user.a=b=c user.ä=ö');
    const before = server.lines.length;
    for (const options of [
      { config: { 'user.a': 'two words' } },
      { config: { 'user.a': 'two\nlines' } },
      { devices: { data: { source: '/a b' } } },
      { devices: { 'a,b': { type: 'none' } } },
      { devices: { data: 'disk' } as never },
      { config: { 'user.a': 1 } as never },
      { pool: '' },
    ] as ImportOptions[]) {
      expect(await rejection(instances.import(file, options))).toBeInstanceOf(InvalidInputError);
    }
    expect(server.lines).toHaveLength(before);
  });

  it('a server that refuses, goes away or is never asked is an error, and the stream is closed', async () => {
    const server = await BackupServer.start('lxd');
    const { instances } = server.client();
    const stream = () => new Readable({ read() {} }); // nothing ever comes
    const never = stream();
    const controller = new AbortController();
    const aborted = rejection(instances.import(never, { signal: controller.signal }));
    setTimeout(() => controller.abort(), 50);
    expect(await aborted).toBeInstanceOf(AbortedError);
    expect(never.destroyed).toBe(true);

    server.lies[upload] = (_request, response) => fail(response, 400, 'Backup file is missing');
    expect(await rejection(instances.import(file))).toBeInstanceOf(BadRequestError);
    server.lies[`${upload} early`] = (_request, response) => response.destroy();
    const cut = stream();
    cut.push('begin');
    expect(await rejection(instances.import(cut))).toBeInstanceOf(ConnectionError);
    expect(cut.destroyed).toBe(true);
    await server.stop();
    const late = stream();
    expect(await rejection(instances.import(late))).toBeInstanceOf(ConnectionError);
    expect(late.destroyed).toBe(true);
  });

  it('a stream that breaks is an error, not a smaller backup', async () => {
    const server = await BackupServer.start('lxd');
    const broken = async function* () {
      yield content.subarray(0, 1000);
      await Promise.resolve();
      throw new Error('disk on fire');
    };
    const error = await rejection(server.client().instances.import(broken()));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.message).toContain('disk on fire');
    expect(server.lines).toEqual([]); // the request was never whole
  });
});
