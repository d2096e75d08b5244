import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { SftpSession } from '../sftp/session.js';
import { Refusal } from '../state/refusal.js';
import type { State } from '../state/state.js';
import { refuse } from '../http/event-sockets.js';
import { quirks } from './instances/quirks.js';
import { filesOf } from './instances/state/files.js';
import { volumeFiles } from './storage/volume-files.js';
import type { FileSystem } from '../files/file-system.js';

const switching = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: sftp\r\nConnection: Upgrade\r\n\r\n';

/** Whose files these are, by the paths of the API. */
const instances = /^\/1\.0\/(?:instances|containers|virtual-machines)\/([^/]+)\/sftp$/;
const volumes = /^\/1\.0\/storage-pools\/([^/]+)\/volumes\/custom\/([^/]+)\/sftp$/;

/** `GET …/sftp` of an instance or a volume: a connection on which SFTP is spoken. */
export class SftpSockets {
  readonly #state: () => State;

  constructor(state: () => State) {
    this.#state = state;
  }

  /** Takes a request to change the protocol, if it is one of these. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const [path = '', query] = (request.url ?? '/').split('?', 2);
    const match = instances.exec(path) ?? volumes.exec(path);
    if (!match) return false;
    try {
      if (request.headers.upgrade !== 'sftp') throw new Refusal(400, 'Missing or invalid upgrade header');
      const names = match.slice(1).map(decodeURIComponent);
      const files = this.#find(names, new URLSearchParams(query).get('project') || 'default');
      const { clock } = this.#state();
      socket.write(switching);
      const session = new SftpSession(socket, files, clock);
      if (head.length > 0) session.take(head);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(socket, error.status, error.message);
    }
    return true;
  }

  #find([first = '', second]: readonly string[], projectName: string): FileSystem {
    const state = this.#state();
    const project = state.project(projectName);
    if (second !== undefined) {
      const owner = project.having('storage.volumes');
      return volumeFiles(state, owner, first, second, 'custom_volume_sftp');
    }
    const instance = project.instances.get(first);
    if (instance) return filesOf(instance);
    throw new Refusal(404, quirks[state.product.name].missing.instance(first, project.name));
  }
}
