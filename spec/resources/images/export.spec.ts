import type { ServerResponse } from 'node:http';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AbortedError,
  ConnectionError,
  IntegrityError,
  NotFoundError,
  ProtocolError,
  type Image,
} from 'tslxd';
import { afterwards, rejection, until } from '../../rest/test-server.js';
import { ImageServer, sha256 } from './image-server.js';

let server: ImageServer;
let folder: string;
const [metadata, rootfs] = ['the metadata', 'the root file system\r\n--not the boundary\r\n'];
const fingerprint = sha256(metadata, rootfs);

beforeEach(async () => {
  server = await ImageServer.start();
  folder = await mkdtemp(join(tmpdir(), 'tslxd-export-'));
  afterwards(() => rm(folder, { recursive: true, force: true }));
});

/** Answers the export of an image with what `send` sends. */
function offer(key: string, send: (response: ServerResponse) => unknown): Image {
  server.lies.set(`GET /1.0/images/${key}/export`, (_request, response) => send(response));
  return server.client().images.ref(key);
}

const part = (name: string, body: string, filename = `${name}.file`) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\n` +
  `Content-Type: application/octet-stream\r\n\r\n${body}\r\n`;

function offerForm(body: string, key = fingerprint): Image {
  return offer(key, (response) => {
    response.setHeader('Content-Type', 'multipart/form-data; boundary=b').end(body);
  });
}

const whole = `${part('metadata', metadata)}${part('rootfs', rootfs)}--b--\r\n`;

it('a form is taken apart', async () => {
  const files = await offerForm(whole).exportTo(folder);
  expect(files).toEqual({
    metadata: join(folder, 'metadata.file'),
    rootfs: join(folder, 'rootfs.file'),
    type: 'container',
  });
});

it('wherever the form is cut into pieces', async () => {
  for (let at = 1; at < whole.length; at += 7) {
    const image = offer(fingerprint, async (response) => {
      response.setHeader('Content-Type', 'multipart/form-data; boundary=b');
      response.write(whole.slice(0, at));
      await delay(1);
      response.end(whole.slice(at));
    });
    const parts: string[] = [];
    for await (const { body } of image.exportParts()) parts.push((await buffer(body)).toString());
    expect(parts).toEqual([metadata, rootfs]);
  }
});

describe('an export of a server that lies leaves nothing', () => {
  afterEach(async () => {
    expect(await readdir(folder)).toEqual([]);
  });

  it('other bytes', async () => {
    const image = offer(fingerprint, (response) => response.end('other'));
    const error = await rejection<IntegrityError>(image.exportTo(folder));
    expect(error).toBeInstanceOf(IntegrityError);
    expect([error.expected, error.actual]).toEqual([fingerprint, sha256('other')]);
    expect(await rejection(buffer(image.export()))).toBeInstanceOf(IntegrityError);
    const form = offerForm(`${part('metadata', metadata)}${part('rootfs', 'other')}--b--\r\n`);
    expect(await rejection(form.exportTo(folder))).toBeInstanceOf(IntegrityError);
  });

  it('a body that is cut', async () => {
    const image = offer(fingerprint, (response) => {
      response.setHeader('Content-Length', '100').write('half');
      setTimeout(() => response.destroy(), 20);
    });
    expect(await rejection(image.exportTo(folder))).toBeInstanceOf(ConnectionError);
    expect(await rejection(image.exportTo(join(folder, 'file')))).toBeInstanceOf(ConnectionError);
    expect(await rejection(buffer(image.export()))).toBeInstanceOf(ConnectionError);
  });

  it('a body that is cut while nobody reads it', async () => {
    for (const type of ['application/octet-stream', 'multipart/form-data; boundary=b']) {
      const image = offer(fingerprint, (response) => {
        response.setHeader('Content-Type', type).setHeader('Content-Length', '1000');
        response.write(whole);
        setTimeout(() => response.destroy(), 10);
      });
      const reading = async () => {
        for await (const { body } of image.exportParts()) {
          await delay(50);
          await buffer(body);
        }
      };
      expect(await rejection(reading())).toBeInstanceOf(ConnectionError);
    }
  });

  it('a form that is cut anywhere, with the connection or without', async () => {
    for (const at of [
      0,
      3,
      30,
      100,
      whole.indexOf(rootfs) - 5,
      whole.indexOf(rootfs) + 5,
      whole.length - 6,
    ]) {
      const error = await rejection(offerForm(whole.slice(0, at)).exportTo(folder));
      expect([at, error]).toEqual([at, expect.any(ProtocolError)]);
      const cut = offer(fingerprint, (response) => {
        response.setHeader('Content-Type', 'multipart/form-data; boundary=b').flushHeaders();
        response.write(whole.slice(0, at));
        setTimeout(() => response.destroy(), 10);
      });
      expect([at, await rejection(cut.exportTo(folder))]).toEqual([at, expect.any(ConnectionError)]);
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('a form of something else', async () => {
    const end = '--b--\r\n';
    for (const body of [
      end,
      'no form at all',
      part('rootfs', rootfs) + part('metadata', metadata) + end,
      part('metadata', metadata) + end,
      part('metadata', metadata) + part('other', rootfs) + end,
      part('metadata', '') + part('rootfs', metadata) + part('rootfs', rootfs) + end,
    ]) {
      expect([body, await rejection(offerForm(body).exportTo(folder))]).toEqual([
        body,
        expect.any(ProtocolError),
      ]);
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('an error in place of an image', async () => {
    const error = await rejection(server.client().images.ref('f00').exportTo(folder));
    expect(error).toBeInstanceOf(NotFoundError);
  });

  it('one that is aborted', async () => {
    const controller = new AbortController();
    const image = offerForm('');
    server.lies.set(`GET /1.0/images/${fingerprint}/export`, (_request, response) => {
      response.setHeader('Content-Type', 'multipart/form-data; boundary=b');
      response.write(whole.slice(0, whole.indexOf(rootfs) + 5));
      setTimeout(() => controller.abort(new Error('enough')), 20);
    });
    const { signal } = controller;
    const error = await rejection(image.exportTo(folder, { signal }));
    expect(error).toBeInstanceOf(AbortedError);
    await until(() => server.sockets === 0);
  });

  it('one whose reader goes away', async () => {
    const image = offer(fingerprint, (response) => {
      response.write(Buffer.alloc(1 << 20));
    });
    const stream = image.export();
    await new Promise((resolve) => stream.once('data', resolve));
    stream.destroy();
    await until(() => server.sockets === 0);
    image.export(); // asks for nothing before it is read
    expect(server.lines).toHaveLength(1);
  });
});

it('the server’s names for files lead nowhere else', async () => {
  const names = ['../../evil', '/etc/evil', '..', '.', '', '..\\evil', 'nul\0'];
  for (const name of names) {
    const files = await offerForm(
      `${part('metadata', metadata, name)}${part('rootfs', rootfs)}--b--\r\n`,
    ).exportTo(folder);
    expect((files as { metadata: string }).metadata.startsWith(`${folder}/`)).toBe(true);
    const image = offer(sha256('x'), (response) => {
      response.setHeader('Content-Disposition', `inline;filename=${name.replaceAll('\0', '')}`).end('x');
    });
    expect(((await image.exportTo(folder)) as string).startsWith(`${folder}/`)).toBe(true);
  }
  expect((await readdir(folder)).sort()).toEqual(
    expect.arrayContaining(['evil', 'rootfs.file', `metadata-${fingerprint}`]),
  );
});

it('what is in the way stays, and nothing is beside it', async () => {
  await writeFile(join(folder, 'file'), 'mine');
  const image = offer(fingerprint, (response) => response.end('other'));
  await rejection(image.exportTo(join(folder, 'file')));
  expect(await readdir(folder)).toEqual(['file']);
  await rm(join(folder, 'file'));
  const same = offerForm(`${part('metadata', metadata, 'one')}${part('rootfs', rootfs, 'one')}--b--\r\n`);
  const { rootfs: second } = (await same.exportTo(folder)) as { rootfs: string };
  expect(second).toBe(join(folder, 'one.root'));
  expect((await readdir(folder)).sort()).toEqual(['one', 'one.root']);
});
