import { posix } from 'node:path';
import type { Duplex } from 'node:stream';
import { FileError, type FileSystem } from '../files/file-system.js';
import type { Clock } from '../state/clock.js';
import { attributes, int, packet, PacketError, PacketReader, text } from './codec.js';
import { OpenDirectory, OpenFile } from './handles.js';

const answers = { version: 2, status: 101, handle: 102, data: 103, name: 104, attributes: 105 } as const;
const codes = { ok: 0, eof: 1, missing: 2, failure: 4, badMessage: 5, unsupported: 8 } as const;
const flags = { write: 2, append: 4, create: 8, truncate: 16, exclusive: 32 } as const;

/** No packet is longer: a client's pieces have 32 KiB. */
const maxPacket = 1 << 24;

/** What a request of SFTP is answered with. */
type Handler = (reader: PacketReader) => Buffer;

/** One client that speaks SFTP, version 3, to the files of an instance. */
export class SftpSession {
  readonly #socket: Duplex;
  readonly #files: FileSystem;
  readonly #clock: Clock;
  #left = Buffer.alloc(0);
  #id = 0;
  #lastHandle = 0;
  readonly #handles = new Map<string, OpenFile | OpenDirectory>();
  readonly #requests: Readonly<Record<number, Handler>>;

  constructor(socket: Duplex, files: FileSystem, clock: Clock) {
    this.#socket = socket;
    this.#files = files;
    this.#clock = clock;
    this.#requests = {
      3: (reader) => this.#open(reader),
      4: (reader) => this.#status(this.#handles.delete(reader.text()) ? codes.ok : codes.failure),
      5: (reader) => this.#read(reader),
      6: (reader) => this.#write(reader),
      7: (reader) => this.#answer(answers.attributes, attributes(files.lstat(path(reader)))),
      8: (reader) => this.#answer(answers.attributes, attributes(this.#handle(reader).node)),
      9: (reader) => this.#setAttributes(path(reader), reader),
      10: (reader) => this.#change(this.#handle(reader).node, reader),
      11: (reader) => this.#openDirectory(path(reader)),
      12: (reader) => this.#list(reader),
      13: (reader) => this.#done(() => files.remove(path(reader), clock.now())),
      14: (reader) => this.#makeDirectory(path(reader), reader),
      15: (reader) => this.#done(() => files.remove(path(reader), clock.now())),
      16: (reader) => this.#names([[path(reader)]]),
      17: (reader) => this.#answer(answers.attributes, attributes(files.stat(path(reader)))),
      18: (reader) => this.#done(() => files.rename(path(reader), path(reader), clock.now())),
      19: (reader) => this.#readLink(path(reader)),
      20: (reader) => {
        const target = reader.text(); // as OpenSSH has it: the target first
        return this.#done(() => files.symlink(target, path(reader), clock.now()));
      },
    };
    socket.on('data', (bytes: Buffer) => this.take(bytes));
    socket.on('error', () => socket.destroy());
    socket.once('end', () => socket.end());
  }

  /** Answers what is complete of what came. */
  take(bytes: Buffer): void {
    this.#left = Buffer.concat([this.#left, bytes]);
    while (this.#left.length >= 4) {
      const length = this.#left.readUInt32BE();
      if (length > maxPacket) {
        this.#socket.destroy();
        return;
      }
      if (this.#left.length < 4 + length) return;
      const body = this.#left.subarray(4, 4 + length);
      this.#left = this.#left.subarray(4 + length);
      this.#socket.write(this.#respond(body));
    }
  }

  #respond(body: Buffer): Buffer {
    try {
      const reader = new PacketReader(body);
      const type = reader.byte();
      if (type === 1) return packet(answers.version, int(3));
      this.#id = reader.int();
      return this.#requests[type]?.(reader) ?? this.#status(codes.unsupported);
    } catch (error) {
      if (error instanceof PacketError) return this.#status(codes.badMessage);
      if (!(error instanceof FileError)) throw error;
      return this.#status(error.code === 'ENOENT' ? codes.missing : codes.failure, error.message);
    }
  }

  #answer(type: number, ...fields: Buffer[]): Buffer {
    return packet(type, int(this.#id), ...fields);
  }

  #status(code: number, message = ''): Buffer {
    return this.#answer(answers.status, int(code), text(message), text(''));
  }

  #done(work: () => void): Buffer {
    work();
    return this.#status(codes.ok);
  }

  #keep(opened: OpenFile | OpenDirectory): Buffer {
    const name = String(++this.#lastHandle);
    this.#handles.set(name, opened);
    return this.#answer(answers.handle, text(name));
  }

  #handle(reader: PacketReader): OpenFile | OpenDirectory {
    const found = this.#handles.get(reader.text());
    if (!found) throw new PacketError('There is no such handle');
    return found;
  }

  #open(reader: PacketReader): Buffer {
    const at = path(reader);
    const asked = reader.int();
    const given = reader.attributes();
    const modified = this.#clock.now();
    const isNew = (asked & flags.create) !== 0 && !this.#exists(at);
    if ((asked & flags.exclusive) !== 0 && !isNew) throw new FileError('EEXIST', `open ${at}`);
    if (isNew || (asked & flags.truncate) !== 0) {
      this.#files.write(at, Buffer.alloc(0), { ...(isNew && given), modified });
    }
    const node = this.#files.stat(at);
    // As with `open(2)`, which only refuses to write it.
    if (node.type === 'directory' && (asked & flags.write) === 0) return this.#keep(new OpenDirectory(node));
    if (node.type !== 'file') throw new FileError('EISDIR', `open ${at}`);
    return this.#keep(new OpenFile(node, (asked & flags.append) !== 0));
  }

  #exists(at: string): boolean {
    try {
      this.#files.stat(at);
      return true;
    } catch (error) {
      if (error instanceof FileError && error.code === 'ENOENT') return false;
      throw error;
    }
  }

  #read(reader: PacketReader): Buffer {
    const file = this.#handle(reader);
    if (!(file instanceof OpenFile)) return this.#status(codes.failure);
    const bytes = file.read(reader.long(), reader.int());
    return bytes.length === 0 ? this.#status(codes.eof) : this.#answer(answers.data, text(bytes));
  }

  #write(reader: PacketReader): Buffer {
    const file = this.#handle(reader);
    if (!(file instanceof OpenFile)) return this.#status(codes.failure);
    return this.#done(() => file.write(reader.long(), reader.data(), this.#clock.now()));
  }

  #setAttributes(at: string, reader: PacketReader): Buffer {
    return this.#change(this.#files.stat(at), reader);
  }

  #change(node: OpenFile['node'] | ReturnType<FileSystem['stat']>, reader: PacketReader): Buffer {
    const { size, ...given } = reader.attributes();
    Object.assign(node, given);
    if (size !== undefined && node.type === 'file') {
      const grown = Buffer.alloc(size);
      node.data.copy(grown);
      node.data = grown;
    }
    return this.#status(codes.ok);
  }

  #makeDirectory(at: string, reader: PacketReader): Buffer {
    if (this.#exists(at)) throw new FileError('EEXIST', `mkdir ${at}`);
    return this.#done(() => this.#files.mkdir(at, { ...reader.attributes(), modified: this.#clock.now() }));
  }

  #openDirectory(at: string): Buffer {
    const node = this.#files.stat(at);
    if (node.type !== 'directory') throw new FileError('ENOTDIR', `open ${at}`);
    return this.#keep(new OpenDirectory(node));
  }

  #list(reader: PacketReader): Buffer {
    const opened = this.#handle(reader);
    const entries = opened instanceof OpenDirectory ? opened.take() : undefined;
    if (!entries) return this.#status(codes.eof);
    return this.#names(entries.map(([name, node]) => [name, attributes(node)]));
  }

  #readLink(at: string): Buffer {
    const node = this.#files.lstat(at);
    if (node.type !== 'symlink') return this.#status(codes.failure);
    return this.#names([[node.target]]);
  }

  #names(entries: readonly (readonly [name: string, attributes?: Buffer])[]): Buffer {
    const fields = entries.flatMap(([name, told = int(0)]) => [text(name), text(name), told]);
    return this.#answer(answers.name, int(entries.length), ...fields);
  }
}

function path(reader: PacketReader): string {
  return posix.join('/', reader.text());
}
