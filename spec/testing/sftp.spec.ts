import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { NotFoundError } from 'tslxd';
import { int, packet, PacketReader, text } from '../../lib/testing/sftp/codec.js';
import { describeFakes } from './support.js';

const types = { init: 1, open: 3, close: 4, read: 5, write: 6, setstat: 9, rename: 18, realpath: 16 };
const flags = { read: 1, write: 2, append: 4, create: 8, exclusive: 32 };
const noAttributes = int(0);
const long = (value: number) => Buffer.concat([int(0), int(value)]);

/** Asks one thing after the other. */
class SftpClient {
  #left = Buffer.alloc(0);

  constructor(readonly socket: Duplex) {
    socket.on('data', (bytes: Buffer) => {
      this.#left = Buffer.concat([this.#left, bytes]);
    });
  }

  async ask(type: number, ...fields: Buffer[]): Promise<{ type: number; reader: PacketReader }> {
    this.socket.write(packet(type, int(7), ...fields));
    while (this.#left.length < 4 || this.#left.length < 4 + this.#left.readUInt32BE()) {
      await once(this.socket, 'data');
    }
    const body = this.#left.subarray(4);
    this.#left = Buffer.alloc(0);
    const reader = new PacketReader(body);
    const answered = reader.byte();
    expect(reader.int()).toBe(type === types.init ? 3 : 7);
    return { type: answered, reader };
  }

  async status(type: number, ...fields: Buffer[]): Promise<number> {
    const { type: answered, reader } = await this.ask(type, ...fields);
    expect(answered).toBe(101);
    return reader.int();
  }

  async open(path: string, how: number): Promise<Buffer> {
    const { type, reader } = await this.ask(types.open, text(path), int(how), noAttributes);
    expect(type).toBe(102);
    return text(reader.data());
  }
}

// What the client of Incus uses; clients.spec.ts has it do the rest.
describeFakes('SFTP to a fake', (fake) => {
  let client: SftpClient;
  beforeEach(async () => {
    fake.server.addInstance({ name: 'web', files: { '/srv/note': 'noted' } });
    client = new SftpClient(await fake.server.client().instances.ref('web').files.sftpSocket());
    await client.ask(types.init);
  });
  afterEach(() => client.socket.destroy());

  it('reads, writes at places, and appends', async () => {
    const handle = await client.open('/srv/note', flags.read | flags.write);
    expect(await client.status(types.write, handle, long(7), text('end'))).toBe(0);
    const { type, reader } = await client.ask(types.read, handle, long(0), int(100));
    expect([type, reader.text()]).toEqual([103, 'noted\0\0end']);
    expect(await client.status(types.read, handle, long(10), int(100))).toBe(1);
    const appending = await client.open('/srv/note', flags.write | flags.append);
    for (let count = 0; count < 100; count++) {
      expect(await client.status(types.write, appending, long(0), text('x'))).toBe(0);
    }
    expect(await client.status(types.close, handle)).toBe(0);
    const { files } = fake.server.client().instances.ref('web');
    expect(await files.readFile('/srv/note', 'latin1')).toBe(`noted\0\0end${'x'.repeat(100)}`);
    expect(await client.status(types.setstat, text('/srv/note'), int(4 | 1), long(3), int(0o600))).toBe(0);
    expect(await files.stat('/srv/note')).toMatchObject({ size: 3, mode: 0o600 });
  });

  it('says no', async () => {
    expect(await client.status(types.open, text('/nope'), int(flags.read), noAttributes)).toBe(2);
    const exclusive = int(flags.write | flags.create | flags.exclusive);
    expect(await client.status(types.open, text('/srv/note'), exclusive, noAttributes)).toBe(4);
    expect(await client.status(types.rename, text('/srv/note'), text('/etc/passwd'))).toBe(4);
    expect(await client.status(types.read, text('9'), long(0), int(1))).toBe(5); // no such handle
    expect(await client.status(types.read)).toBe(5); // cut short
    expect(await client.status(200, text('statvfs@openssh.com'))).toBe(8);
    client.socket.write(int(0x7fffffff));
    await once(client.socket, 'close');
    await expect(fake.server.client().instances.ref('none').files.sftpSocket()).rejects.toThrow(
      NotFoundError,
    );
  });

  it('ends with the server', async () => {
    const closed = once(client.socket, 'close');
    await fake.server.restart();
    await closed;
  });
});
