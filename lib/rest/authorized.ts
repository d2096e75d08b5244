import type { Duplex } from 'node:stream';
import type { Authorization, Proof, Waiting } from '../connect/oidc/authorization.js';
import { withoutOffer } from '../connect/oidc/offer.js';
import { askedOf } from './asked.js';
import type {
  Transport,
  TransportHead,
  TransportRequest,
  TransportResponse,
  TransportStream,
  Websocket,
} from './transport.js';

/** How often one request is asked again with another proof: kept tokens, refreshed ones, and those of a new login. */
const limit = 4;

/** A transport whose requests say who we are, and are asked again when the proof was renewed. */
export class AuthorizedTransport implements Transport {
  readonly #inner: Transport;
  readonly #authorization: Authorization;

  constructor(inner: Transport, authorization: Authorization) {
    this.#inner = inner;
    this.#authorization = authorization;
  }

  get origin(): string {
    return this.#inner.origin;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    const answer = await this.#ask(request, (one) => this.#inner.request(one));
    if (answer.status === 200 && /^\/1\.0(\?|$)/.test(request.path)) this.#authorization.greeted(answer.body);
    return answer;
  }

  stream(request: TransportRequest): Promise<TransportStream> {
    return this.#ask(request, (one) => this.#inner.stream(one));
  }

  websocket(request: TransportRequest): Promise<Websocket | TransportResponse> {
    return this.#ask(request, (one) => this.#inner.websocket(one));
  }

  upgrade(request: TransportRequest, protocol: string): Promise<Duplex | TransportResponse> {
    return this.#ask(request, (one) => this.#inner.upgrade(one, protocol));
  }

  suspect(): void {
    this.#inner.suspect();
  }

  dropIdle(): void {
    this.#inner.dropIdle();
  }

  close(): void {
    this.#inner.close();
  }

  async #ask<A extends object>(
    request: TransportRequest,
    send: (request: TransportRequest) => Promise<A>,
  ): Promise<A> {
    if (saysWho(request)) return send(request);
    const authorization = this.#authorization;
    const isOnce = typeof request.body === 'object' && !(request.body instanceof Uint8Array);
    if (isOnce && authorization.mayRenew && !authorization.lasts()) await this.#ready(request);
    for (let tried = 0; ; tried++) {
      const proof = await authorization.headers(waitingOf(request));
      const answer = await send({ ...request, headers: { ...request.headers, ...proof } });
      if (!isHead(answer)) return answer;
      authorization.heard(answer, proof);
      const again =
        isRefusal(answer) && !isOnce && tried < limit && (await this.#renewed(answer, proof, request));
      if (!again) return { ...answer, headers: withoutOffer(answer.headers) };
      dropped(answer);
    }
  }

  /** What is sent once only goes when it is known that we are. */
  async #ready(request: TransportRequest): Promise<void> {
    const { signal, timeout, silence, begun } = request;
    const look = { method: 'GET', path: '/1.0', headers: {}, signal, timeout, silence, begun };
    await this.#ask(look, (one) => this.#inner.request(one));
  }

  async #renewed(answer: TransportHead, proof: Proof, request: TransportRequest): Promise<boolean> {
    try {
      return await this.#authorization.renewed(answer, proof, waitingOf(request));
    } catch (error) {
      dropped(answer);
      throw error;
    }
  }
}

/** Whether its caller has said who is asking. */
function saysWho({ headers = {} }: TransportRequest): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
}

function waitingOf(request: TransportRequest): Waiting {
  const { signal, timeout, begun } = request;
  const left =
    timeout === undefined ? undefined : timeout - (performance.now() - (begun ?? performance.now()));
  return { ...askedOf(request), signal, timeout: left };
}

/** An answer of HTTP, and no other protocol. */
function isHead(answer: object): answer is TransportHead {
  return 'status' in answer && 'headers' in answer;
}

/** Whether nothing was done: no way to say who we are can have anything else sent twice. */
function isRefusal({ status }: TransportHead): boolean {
  return status === 401 || status === 403;
}

/** Nobody reads what comes with a refusal that is not passed on. */
function dropped(answer: object): void {
  const { body } = answer as Partial<TransportStream | TransportResponse>;
  if (typeof body === 'object') body.destroy();
}
