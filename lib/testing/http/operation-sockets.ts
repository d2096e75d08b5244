import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { Refusal } from '../state/refusal.js';
import type { State } from '../state/state.js';
import { refuse } from './event-sockets.js';

const wrongSecret = {
  lxd: () => new Refusal(500, 'permission denied'),
  incus: () => new Refusal(403, 'Forbidden'),
};

/** `GET /1.0/operations/{id}/websocket`: the sockets of commands. */
export class OperationSockets {
  readonly #state: () => State;
  readonly #server = new WebSocketServer({ noServer: true });

  constructor(state: () => State) {
    this.#state = state;
  }

  /** Takes a request to change the protocol, if it is one of these. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const [path = '', query] = (request.url ?? '/').split('?', 2);
    const id = /^\/1\.0\/operations\/([^/]+)\/websocket$/.exec(path)?.[1];
    if (id === undefined) return false;
    try {
      const accept = this.#acceptor(id, new URLSearchParams(query).get('secret') ?? '');
      this.#server.handleUpgrade(request, socket, head, accept);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(socket, error.status, error.message);
    }
    return true;
  }

  #acceptor(id: string, secret: string): (socket: WebSocket) => void {
    const { operations, product } = this.#state();
    const { isFinal, spec } = operations.get(id);
    const missing = secret === '' ? new Refusal(500, 'missing secret') : undefined;
    if (!spec.connect) throw missing ?? new Refusal(500, 'Only websocket operations can be connected');
    if (isFinal) throw new Refusal(500, 'Only running operations can be connected');
    const accept = spec.connect(secret); // migrations have words of their own for a wrong one
    if (accept && !missing) return accept as (socket: WebSocket) => void;
    throw missing ?? wrongSecret[product.name]();
  }
}
