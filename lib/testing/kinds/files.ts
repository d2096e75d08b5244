import { posix } from 'node:path';
import { FileError, type FileSystem } from '../files/file-system.js';
import type { Attributes, Node } from '../files/nodes.js';
import type { Call } from '../http/call.js';
import { done, failure, json, syncText } from '../http/reply.js';
import type { Handler, Route } from '../http/router.js';
import { Refusal } from '../state/refusal.js';

/** Of directories that are made without a mode. */
const modeOfFolders = { lxd: 0o750, incus: 0o755 };

/** What has files. */
export interface FileHost {
  files: FileSystem;
  /** What events call it: `instance`, of `instance-file-pushed`. */
  kind: string;
  project: string;
  /** The path that they name. */
  path: string[];
}

type Find = (call: Call) => FileHost;
type Answer = (call: Call, files: FileSystem, path: string) => Response | Promise<Response>;

/** Finds what has the files and the path in it, and says in the servers' words what the file system says. */
function onFiles(find: Find, action: string, answer: Answer): Handler {
  return async (call) => {
    const host = find(call);
    const path = call.target.query.get('path');
    if (!path) throw new Refusal(400, 'Missing path argument');
    try {
      const response = await answer(call, host.files, path.startsWith('/') ? path : `/${path}`);
      if (action) call.state.lifecycle(host.project, `${host.kind}-file-${action}`, host.path, { path });
      return response;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      if (error.code === 'ENOENT') throw new Refusal(404, 'Not Found');
      throw new Refusal(500, `sftp: ${JSON.stringify(error.message)} (SSH_FX_FAILURE)`);
    }
  };
}

function attributesOf(call: Call, { type, mode, uid, gid, modified }: Node): Record<string, string> {
  const time = new Date(modified).toISOString();
  const told = {
    gid: String(gid),
    mode: `0${(mode & 0o777).toString(8).padStart(3, '0')}`,
    modified: `${time.slice(0, 10)} ${time.slice(11, 19)} +0000 UTC`,
    type,
    uid: String(uid),
  };
  const { headerPrefix } = call.product;
  return Object.fromEntries(Object.entries(told).map(([name, value]) => [headerPrefix + name, value]));
}

/** What the servers send with the bytes of a file, whatever it is of. */
export function fileHeaders(name: string, data: Uint8Array, modified: number): Record<string, string> {
  return {
    'accept-ranges': 'bytes',
    'content-disposition': `inline;filename=${name}`,
    'content-length': String(data.length),
    'content-type': 'application/octet-stream',
    // Go takes the beginning of time for none.
    ...(modified > 0 && { 'last-modified': new Date(modified).toUTCString() }),
  };
}

const read: Answer = (call, files, path) => {
  const node = files.lstat(path);
  const attributes = attributesOf(call, node);
  if (node.type === 'directory') return json(200, syncText([...node.entries.keys()]), attributes);
  // Of a link they make an absolute path.
  const data =
    node.type === 'file' ? node.data : Buffer.from(posix.resolve(posix.dirname(path), node.target));
  const headers = fileHeaders(posix.basename(path), data, node.modified);
  return new Response(new Uint8Array(data), { headers: { ...headers, ...attributes } });
};

const head: Answer = (call, files, path) => {
  const node = files.lstat(path);
  const attributes = attributesOf(call, node);
  const isTold = node.type === 'file' && call.product.name === 'incus';
  const kind: Record<string, string> = isTold
    ? { 'content-length': String(node.data.length), 'content-type': 'application/octet-stream' }
    : { 'content-type': 'application/json' };
  return new Response(null, { headers: { ...kind, ...attributes } });
};

const write: Answer = async (call, files, path) => {
  const modified = call.state.clock.now();
  const given = { ...wantedAttributes(call), modified };
  const mode = call.header('write') || 'overwrite';
  if (mode !== 'overwrite' && mode !== 'append') throw new Refusal(400, `Bad file write mode: ${mode}`);
  switch (call.header('type') || 'file') {
    case 'file': {
      // The servers read the body of a form as one, and find no content.
      const isForm = call.request.headers.get('content-type') === 'application/x-www-form-urlencoded';
      const data = await call.bytes();
      files.write(path, isForm ? Buffer.alloc(0) : data, { ...given, append: mode === 'append' });
      return done();
    }
    case 'directory':
      files.mkdir(path, { mode: modeOfFolders[call.product.name], ...given });
      return done();
    case 'symlink':
      files.symlink((await call.bytes()).toString(), path, modified);
      return done();
    default:
      throw new Refusal(400, `Bad file type: ${call.header('type') ?? ''}`);
  }
};

const remove: Answer = (call, files, path) => {
  files.remove(path, call.state.clock.now());
  return done();
};

/** Go reads a number up to where it ends, decimal unless it begins with a zero; what is none is overlooked. */
function wantedAttributes(call: Call): Partial<Attributes> {
  const wanted: Partial<Attributes> = {};
  for (const name of ['mode', 'uid', 'gid'] as const) {
    const text = call.header(name) ?? '';
    if (/^0[0-7]+$/.test(text)) wanted[name] = Number.parseInt(text, 8);
    else if (/^\d+$/.test(text)) wanted[name] = Number(text);
  }
  return wanted;
}

/** Where files are read and written, below the path of what has them; `admit` says no to who wants SFTP in the wrong way. */
export function fileRoutes(path: string, find: Find, admit: (call: Call) => unknown = () => true): Route[] {
  return [
    {
      path: `${path}/files`,
      GET: onFiles(find, 'retrieved', read),
      HEAD: onFiles(find, '', head),
      POST: onFiles(find, 'pushed', write),
      DELETE: onFiles(find, 'deleted', remove),
    },
    {
      path: `${path}/sftp`,
      // Without a change of the protocol.
      GET(call) {
        admit(call);
        return failure(400, 'Missing or invalid upgrade header');
      },
    },
  ];
}
