import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { filesOf } from './state/files.js';
import { SftpSession } from '../../sftp/session.js';
import type { InstanceRecord } from './records.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import { refuse } from '../../http/event-sockets.js';
import { quirks } from './quirks.js';

const switching = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: sftp\r\nConnection: Upgrade\r\n\r\n';

/** `GET /1.0/instances/{name}/sftp`: a connection on which SFTP is spoken. */
export class SftpSockets {
  constructor(private readonly state: () => State) {}

  /** Takes a request to change the protocol, if it is one of these. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const [path = '', query] = (request.url ?? '/').split('?', 2);
    const name = /^\/1\.0\/(?:instances|containers|virtual-machines)\/([^/]+)\/sftp$/.exec(path)?.[1];
    if (name === undefined) return false;
    try {
      if (request.headers.upgrade !== 'sftp') throw new Refusal(400, 'Missing or invalid upgrade header');
      const instance = this.#find(decodeURIComponent(name), new URLSearchParams(query).get('project'));
      const { clock } = this.state();
      socket.write(switching);
      const session = new SftpSession(socket, filesOf(instance), clock);
      if (head.length > 0) session.take(head);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(socket, error.status, error.message);
    }
    return true;
  }

  #find(name: string, project: string | null): InstanceRecord {
    const { product } = this.state();
    const { instances, name: projectName } = this.state().project(project || 'default');
    const instance = instances.get(name);
    if (instance) return instance;
    throw new Refusal(404, quirks[product.name].missing.instance(name, projectName));
  }
}
