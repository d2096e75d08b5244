import type { IncomingHttpHeaders } from 'node:http';
import { ProtocolError } from '../../errors/index.js';

/** What something in an instance's file system is. */
export type FileType = 'file' | 'directory' | 'symlink';

/** What the server tells of a file; like `fs.Stats` where it can be. */
export class FileInfo {
  constructor(
    readonly type: FileType,
    /** Permission bits, e.g. 0o644; the servers tell no others. */
    readonly mode: number,
    readonly uid: number,
    readonly gid: number,
    /** Bytes; undefined for directories and links. */
    readonly size: number | undefined,
    /** To the second; null where the server does not tell. */
    readonly mtime: Date | null,
  ) {}

  isFile(): boolean {
    return this.type === 'file';
  }

  isDirectory(): boolean {
    return this.type === 'directory';
  }

  isSymbolicLink(): boolean {
    return this.type === 'symlink';
  }
}

/** Who owns a new file or directory, and what may be done with it. */
export interface FileAttributes {
  /** Permission bits up to 0o777, e.g. `0o644`. */
  mode?: number | undefined;
  /** User by number: names are not looked up. */
  uid?: number | undefined;
  /** Group by number. */
  gid?: number | undefined;
}

/** Reads the headers of either product. */
export function infoFrom(headers: IncomingHttpHeaders, path: string): FileInfo {
  const value = (name: string) => {
    const found = headers[`x-lxd-${name}`] ?? headers[`x-incus-${name}`];
    return typeof found === 'string' ? found : undefined;
  };
  const type = value('type') ?? 'file';
  if (type !== 'file' && type !== 'directory' && type !== 'symlink') {
    throw new ProtocolError(`${path} is of a type that is not known: ${type}`);
  }
  const length = type === 'file' ? headers['content-length'] : undefined;
  const number = (name: string, text: string | undefined, base = 10) => {
    const digits = base === 8 ? /^[0-7]+$/ : /^\d+$/;
    if (text === undefined || digits.test(text)) return Number.parseInt(text ?? '0', base);
    throw new ProtocolError(`files: the server tells ${JSON.stringify(text)} as the ${name} of ${path}`);
  };
  return new FileInfo(
    type,
    number('mode', value('mode'), 8) & 0o777,
    number('uid', value('uid')),
    number('gid', value('gid')),
    length === undefined ? undefined : number('length', length),
    timeFrom(value('modified')),
  );
}

/** What a write tells, in the words of both products, each of which overlooks the other's. */
export function headersFor(
  type: FileType,
  { mode, uid, gid }: FileAttributes = {},
  more: Record<string, string> = {},
): Record<string, string> {
  const values: Record<string, string> = {
    type,
    ...more,
    // Without the zero, the servers read a mode as a decimal number.
    ...(mode === undefined ? {} : { mode: `0${mode.toString(8).padStart(3, '0')}` }),
    ...(uid === undefined ? {} : { uid: String(uid) }),
    ...(gid === undefined ? {} : { gid: String(gid) }),
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => [
      [`X-LXD-${name}`, value],
      [`X-Incus-${name}`, value],
    ]),
  );
}

/** Go's own format: `2024-01-02 03:04:05.6 +0000 UTC`. */
function timeFrom(text: string | undefined): Date | null {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d+)? ([+-]\d\d)(\d\d)/.exec(text ?? '');
  const time = match ? new Date(`${match[1]!}T${match[2]!}${match[3]!}:${match[4]!}`) : null;
  return time && !Number.isNaN(time.getTime()) ? time : null;
}
