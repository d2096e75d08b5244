import { json } from 'node:stream/consumers';
import { ConnectionError, OperationError, UnsupportedError, type Client, type Image } from 'tslxd';
import { afterwards, rejection, started, sync, until } from '../../rest/test-server.js';
import { ImageServer, sha256 } from './image-server.js';

let source: ImageServer;
let target: ImageServer;
let client: Client;
let image: Image;
const data = Buffer.from('an image of some bytes');
const fingerprint = sha256(data);

/** What the target, or in mode `push` the source, was asked, one for each address. */
let asked: { server?: string; target?: string; secret: string }[];

beforeEach(async () => {
  [source, target] = [await ImageServer.start(), await ImageServer.start()];
  client = target.client();
  source.images.set(fingerprint, { data, public: false });
  image = source.client().images.ref(fingerprint);
  asked = [];
});

/** The operation that a server answers with. */
function answer(server: ImageServer, response: Parameters<typeof started>[0], end: object): void {
  const operation = server.operation(end as Record<string, unknown>);
  started(response, `/1.0/operations/${String(operation.id)}`, { ...operation, ...end });
}

const refused = (server: string) => ({
  status_code: 400,
  err: `Failed to connect: Get "${server}/1.0": Unable to connect to: 127.0.0.1 ([dial tcp: connection refused])`,
});

describe('pull', () => {
  beforeEach(() => {
    source.addresses = ['10.0.0.1:8443', '[fd00::1]:8443', ':8443'];
    target.lies.set('POST /1.0/images', async (request, response) => {
      const body = (await json(request)) as { source: { server: string; secret: string } };
      asked.push(body.source);
      const good = body.source.server.includes('fd00');
      if (good) target.images.set(fingerprint, { data, public: false });
      const end = good ? { status_code: 200, metadata: { fingerprint } } : refused(body.source.server);
      answer(target, response, end);
    });
  });

  it('tries every address, each with a secret of its own', async () => {
    expect((await image.copyTo(client)).key).toBe(fingerprint);
    expect(asked.map(({ server, secret }) => [server, secret])).toEqual([
      ['https://10.0.0.1:8443', 'secret-1'],
      ['https://[fd00::1]:8443', 'secret-2'],
    ]);
  });

  it('says what was tried if none can be reached', async () => {
    source.addresses = ['10.0.0.1:8443', '10.0.0.2:8443'];
    const error = await rejection<ConnectionError>(image.copyTo(client));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.attempts.map(({ address }) => address)).toEqual([
      'https://10.0.0.1:8443',
      'https://10.0.0.2:8443',
    ]);
    expect(error.message).toMatch(/relay/);
  });

  it('another failure is the failure', async () => {
    target.lies.set('POST /1.0/images', (_request, response) => {
      answer(target, response, { status_code: 400, err: 'no space left on device' });
    });
    await expect(image.copyTo(client)).rejects.toThrow(OperationError);
    expect(target.lines.filter((line) => line === 'POST /1.0/images')).toHaveLength(1);
  });

  it('a source that nobody can reach', async () => {
    source.addresses = [];
    await expect(image.copyTo(client)).rejects.toThrow(UnsupportedError);
    expect(target.lines).not.toContain('POST /1.0/images');
  });
});

describe('push', () => {
  const cancelled: string[] = [];

  beforeEach(() => {
    cancelled.length = 0;
    target.addresses = ['10.0.0.1:8443', '10.0.0.2:8443'];
    let secrets = 0;
    target.lies.set('POST /1.0/images', (_request, response) => {
      const path = `/1.0/operations/token-${String((secrets += 1))}`;
      target.lies.set(`DELETE ${path}`, (_asked, reply) => {
        cancelled.push(path);
        sync(reply);
      });
      const operation = { ...target.operation({}), metadata: { secret: `secret-${String(secrets)}` } };
      started(response, path, operation);
    });
    source.lies.set(`POST /1.0/images/${fingerprint}/export`, async (request, response) => {
      const body = (await json(request)) as { target: string; secret: string };
      asked.push(body);
      const good = body.target.includes('10.0.0.2');
      if (good) target.images.set(fingerprint, { data, public: false });
      answer(source, response, good ? { status_code: 200 } : refused(body.target));
    });
  });

  it('tries every address, each with a secret of its own, and takes back those that were not used', async () => {
    expect((await image.copyTo(client, { mode: 'push' })).key).toBe(fingerprint);
    expect(asked.map((one) => [one.target, one.secret])).toEqual([
      ['https://10.0.0.1:8443', 'secret-1'],
      ['https://10.0.0.2:8443', 'secret-2'],
    ]);
    expect(cancelled).toEqual(['/1.0/operations/token-1', '/1.0/operations/token-2']);
  });

  it('says what was tried if none can be reached', async () => {
    target.addresses = ['10.0.0.1:8443'];
    expect(await rejection(image.copyTo(client, { mode: 'push' }))).toBeInstanceOf(ConnectionError);
    expect(cancelled).toHaveLength(1);
    expect(target.images.size).toBe(0);
  });
});

describe('relay', () => {
  it('a source that breaks off: the target keeps nothing, and no connection stays', async () => {
    source.lies.set(`GET /1.0/images/${fingerprint}/export`, (_request, response) => {
      response.setHeader('Content-Length', String(data.length)).write(data.subarray(0, 5));
      setTimeout(() => response.destroy(), 20);
    });
    expect(await rejection(image.copyTo(client, { mode: 'relay' }))).toBeInstanceOf(ConnectionError);
    expect(target.images.size).toBe(0);
    await until(() => source.sockets <= 1 && target.sockets <= 1); // one may wait for the next request
  });

  it('a target that breaks off', async () => {
    target.lies.set('POST /1.0/images', (request) => {
      request.socket.destroy();
    });
    const sent = source.images.get(fingerprint)!.data;
    source.lies.set(`GET /1.0/images/${fingerprint}/export`, (_request, response) => {
      response.end(sent);
    });
    expect(await rejection(image.copyTo(client, { mode: 'relay' }))).toBeInstanceOf(ConnectionError);
  });

  it('other bytes than the image’s are not stored', async () => {
    source.lies.set(`GET /1.0/images/${fingerprint}/export`, (_request, response) => {
      response.end(Buffer.alloc(data.length));
    });
    await expect(image.copyTo(client, { mode: 'relay' })).rejects.toThrow(/SHA-256/);
    expect(target.images.size).toBe(0);
  });

  it('is aborted', async () => {
    const controller = new AbortController();
    source.lies.set(`GET /1.0/images/${fingerprint}/export`, (_request, response) => {
      response.setHeader('Content-Length', String(data.length)).write(data.subarray(0, 5));
      setTimeout(() => controller.abort(), 20);
      afterwards(() => response.destroy());
    });
    const copying = image.copyTo(client, { mode: 'relay', signal: controller.signal });
    expect((await rejection(copying)).name).toBe('AbortError');
    expect(target.images.size).toBe(0);
    await until(() => source.sockets <= 1 && target.sockets <= 1);
  });
});
