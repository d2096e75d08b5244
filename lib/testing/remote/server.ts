import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { isObject, parseJson } from '../http/decode.js';
import { Refusal } from '../state/refusal.js';
import { ask, statusLine, type Speaker, type WebRequest } from './web.js';

/** An LXD or Incus that the fake is a guest of. */
export class RemoteServer {
  readonly #url: string;
  readonly #by: Speaker;

  constructor(url: string, by: Speaker) {
    this.#url = url;
    this.#by = by;
  }

  /** One that answers. */
  static async connect(url: string, by: Speaker): Promise<RemoteServer> {
    const server = new RemoteServer(url, by);
    await server.read('/1.0');
    return server;
  }

  /** The metadata of an answer; a refusal is refused with. */
  async read(path: string, request?: WebRequest): Promise<Record<string, unknown>> {
    const response = await ask(this.#url + path, this.#by, request);
    const envelope = await this.#envelope(path, response);
    return isObject(envelope.metadata) ? envelope.metadata : {};
  }

  /** An answer that is a file. */
  async file(path: string): Promise<IncomingMessage> {
    const response = await ask(this.#url + path, this.#by);
    if (response.statusCode !== 200) await this.#envelope(path, response);
    return response;
  }

  async #envelope(path: string, response: IncomingMessage): Promise<Record<string, unknown>> {
    const { statusCode = 0 } = response;
    const body = await text(response);
    const isJson = body.trimStart().startsWith('{');
    if (statusCode >= 400 && !isJson) {
      const [plain] = path.split('?');
      throw new Refusal(500, `Failed to fetch ${this.#url}${plain ?? ''}: ${statusLine(response)}`);
    }
    const envelope = readJson(body);
    if (!isObject(envelope)) throw new Refusal(500, 'unexpected end of JSON input');
    const { type, error, metadata } = envelope;
    if (type === 'error') {
      // Incus sends the failure of an operation with 200.
      const status = statusCode >= 400 ? statusCode : 500;
      throw new Refusal(status, typeof error === 'string' ? error : '');
    }
    if (metadata === undefined) throw new Refusal(500, 'unexpected end of JSON input');
    return envelope;
  }
}

/** What cannot be read is not the fault of who has asked us. */
function readJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw new Refusal(500, (error as Error).message);
  }
}
