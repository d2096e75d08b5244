import { Readable } from 'node:stream';
import {
  ConnectionError,
  ForbiddenError,
  IntegrityError,
  OperationError,
  ProtocolError,
  type Client,
  type Progress,
} from 'tslxd';
import { fail, rejection, until } from '../../rest/test-server.js';
import { ImageServer, sha256 } from './image-server.js';

let server: ImageServer;
let client: Client;
const bytes = Buffer.from('an image');

beforeEach(async () => {
  server = await ImageServer.start();
  client = server.client();
});

/** A stream that never ends by itself. */
function endless(): Readable {
  return new Readable({
    read() {
      setImmediate(() => this.push(Buffer.alloc(65_536)));
    },
  });
}

describe('an upload to a server that lies', () => {
  it('what it stored in place of ours is deleted', async () => {
    const other = sha256('other');
    server.end = () => ({ status_code: 200, metadata: { fingerprint: other } });
    const error = await rejection<IntegrityError>(client.images.create(bytes));
    expect(error).toBeInstanceOf(IntegrityError);
    expect([error.expected, error.actual]).toEqual([sha256(bytes), other]);
    expect(server.lines).toContain(`DELETE /1.0/images/${other}`);
    expect(server.images.size).toBe(0);
  });

  it('an operation that fails at 99 %', async () => {
    const progress: Progress[] = [];
    server.end = () => ({
      status_code: 400,
      status: 'Failure',
      err: 'no space left',
      metadata: { download_progress: '99% (1.00MB/s)' },
    });
    const failing = client.images.create(bytes, {
      aliases: ['a'],
      onProgress: (step) => progress.push(step),
    });
    await expect(failing).rejects.toThrow(OperationError);
    await expect(failing).rejects.toThrow(/no space left/);
    expect(progress.at(-1)?.stage).toBe('download');
    expect([server.images.size, server.aliases.size]).toEqual([0, 0]);
  });

  it('one that ends well and does not say with what', async () => {
    server.end = () => ({ status_code: 200, metadata: {} });
    await expect(client.images.create(bytes)).rejects.toThrow(ProtocolError);
  });

  it('one that cuts the connection, or refuses before all has come: the source is closed', async () => {
    server.lies.set('POST /1.0/images', (request) => {
      request.once('data', () => request.socket.destroy());
    });
    const cut = endless();
    expect(await rejection(client.images.create(cut))).toBeInstanceOf(ConnectionError);
    await until(() => cut.destroyed);
    server.lies.set('POST /1.0/images', (request, response) => {
      request.once('data', () => fail(response, 403, 'not allowed'));
    });
    const refused = endless();
    expect(await rejection(client.images.create(refused))).toBeInstanceOf(ForbiddenError);
    await until(() => refused.destroyed);
  });

  it('a source that fails is the error, and its connection is closed', async () => {
    const broken = Readable.from(
      (async function* () {
        yield bytes;
        throw new Error('the disk is gone');
      })(),
    );
    await expect(client.images.create(broken)).rejects.toThrow(/the disk is gone/);
    await expect(client.images.create(Readable.from(['text']))).rejects.toThrow(/must be of bytes/);
    expect(server.images.size).toBe(0);
  });

  it('a stream is closed where nothing is sent', async () => {
    const stream = endless();
    server.aliases.set('a', { name: 'a', target: sha256('other'), description: '' });
    await expect(client.images.create(stream, { aliases: ['a'] })).rejects.toThrow(/moveAliases/);
    expect(stream.destroyed).toBe(true);
    const unused = endless();
    server.images.set(sha256('other'), { data: Buffer.from('other'), public: false });
    await client.images.ensure('a', unused);
    expect(unused.destroyed).toBe(true);
  });

  it('aliases that moved return if one does not, and the image goes', async () => {
    const old = sha256('old');
    server.images.set(old, { data: Buffer.from('old'), public: false });
    for (const name of ['a', 'b']) server.aliases.set(name, { name, target: old, description: name });
    let writes = 0;
    server.lies.set('PUT /1.0/images/aliases/b', (_request, response) => {
      writes += 1;
      fail(response, 500, 'database is locked');
    });
    const failing = client.images.create(bytes, { aliases: ['new', 'a', 'b'], moveAliases: true });
    await expect(failing).rejects.toThrow(/database is locked/);
    expect(writes).toBeGreaterThan(0);
    expect([...server.aliases.values()]).toEqual([
      { name: 'a', target: old, description: 'a' },
      { name: 'b', target: old, description: 'b' },
    ]);
    expect([...server.images.keys()]).toEqual([old]);
  });

  it('with wait: false the operation compares and names, when it is waited for', async () => {
    const operation = await client.images.create(bytes, { aliases: ['a'], wait: false });
    const image = await operation.wait();
    expect(image.key).toBe(sha256(bytes));
    expect(server.aliases.get('a')?.target).toBe(image.key);
  });
});
