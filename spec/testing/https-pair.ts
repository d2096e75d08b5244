import { X509Certificate } from 'node:crypto';
import { createIdentity } from '../../lib/index.js';
import { FakeServer, ManualClock } from '../../lib/testing/index.js';
import { absent, describeReal } from '../real/harness.js';
import { canStart, startOwnDaemon, type OwnDaemon } from '../real/own-daemon.js';
import { shape } from './parity.js';
import { call, type Answer, type OverHttps } from './support.js';

/** What a real server says, and what the fake says. */
export type Both<T = Answer> = [real: T, fake: T];

/** The same for both, or made for each. */
type Each<T> = T | ((index: 0 | 1) => T);
type Asked = [method: string, path: Each<string>, body?: Each<unknown>, headers?: Record<string, string>];

/** A client of both. */
export interface Guest {
  send(...asked: Asked): Promise<Both>;
  /** What both say, once it is seen that they say the same. */
  same(...asked: Asked): Promise<Answer>;
}

/** One with a certificate of its own. */
export interface Stranger extends Guest {
  /** In base64, as a new one is sent. */
  certificate: string;
  /** Where it is, once it is trusted. */
  at: string;
  /** Has both forget it. */
  leave(): Promise<void>;
}

/** A daemon and a fake that both listen for HTTPS; both are there from `beforeAll` on. */
export class HttpsPair {
  readonly clock = new ManualClock();
  /** Whose access token it is, on the fake. */
  knows: ((token: string) => string | undefined) | undefined;
  #daemon!: OwnDaemon;
  #fake!: FakeServer;

  get fake(): FakeServer {
    return this.#fake;
  }

  async start(shared: Parameters<typeof startOwnDaemon>[0]): Promise<void> {
    this.#daemon = await startOwnDaemon(shared, { https: true });
    const { product } = shared;
    this.#fake = await FakeServer.start({
      product,
      https: true,
      operationTime: 0,
      clock: this.clock,
      oidc: (token) => this.knows?.(token),
    });
  }

  async close(): Promise<void> {
    await this.#fake.close();
    await this.#daemon.remove();
  }

  /** An image of each, called the same; resolves with their fingerprints. */
  async makeImages(): Promise<Both<string>> {
    const { server } = this.#daemon;
    const real = await server.ensureImage();
    const { properties } = await server.read<{ properties: Record<string, string> }>(`/1.0/images/${real}`);
    return [real, this.#fake.addImage({ aliases: [server.imageAlias], properties })];
  }

  /** Who may do everything. */
  get admin(): Guest {
    return this.#guest((index) => [this.#daemon.socketPath, this.#fake.socketPath][index]!);
  }

  /** A client on the network, without a certificate or with one. */
  client(identity: Partial<OverHttps> = {}): Guest {
    const endpoints = () => [this.#daemon.server.httpsUrl, this.#fake.endpoint.endpoint];
    return this.#guest((index) => ({ ...identity, endpoint: endpoints()[index]! }));
  }

  /** One that nobody knows. */
  stranger(name = 'stranger'): Stranger {
    const { fingerprint, clientCert, clientKey } = createIdentity({ name });
    const at = `/1.0/certificates/${fingerprint}`;
    return {
      ...this.client({ clientCert, clientKey }),
      ...{ at, certificate: new X509Certificate(clientCert).raw.toString('base64') },
      leave: async () => {
        await this.admin.send('DELETE', at);
      },
    };
  }

  /** What both have said, once it is seen that it is the same. */
  alike([real, fake]: Both, asked?: unknown): Answer {
    expect({ asked, answered: shape(fake) }).toEqual({ asked, answered: shape(real) });
    return fake;
  }

  #guest(to: (index: 0 | 1) => string | OverHttps): Guest {
    const one = (index: 0 | 1, [method, path, body, headers]: Asked) =>
      call(to(index), method, pick(path, index), pick(body, index), headers);
    const send = (...asked: Asked): Promise<Both> => Promise.all([one(0, asked), one(1, asked)]);
    return {
      send,
      same: async (...asked) =>
        this.alike(await send(...asked), [asked[0], pick(asked[1], 1), pick(asked[2], 1)]),
    };
  }
}

function pick<T>(value: Each<T>, index: 0 | 1): T {
  return typeof value === 'function' ? (value as (index: 0 | 1) => T)(index) : value;
}

/** A describe block for each product; what it sets lets others in, so that the daemon is its own. */
export function describeHttpsPair(
  title: string,
  block: (pair: HttpsPair, product: 'lxd' | 'incus') => void,
  only?: 'lxd' | 'incus',
): void {
  describeReal(
    title,
    (shared) => {
      if (!canStart(shared.product)) {
        absent(`no second ${shared.name} daemon can be started here`);
        return;
      }
      const pair = new HttpsPair();
      beforeAll(() => pair.start(shared), 90_000);
      afterAll(() => pair.close());
      block(pair, shared.product);
    },
    only,
  );
}
