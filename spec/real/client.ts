import { Client, type ClientOptions, type Instance, type InstanceInput } from 'tslxd';
import { makeCertificate } from '../support/certificates.js';
import { removeAll, startOwnDaemons, type OwnDaemon } from './own-daemon.js';
import type { RealServer, ServerFacts } from './server.js';

export interface Watched {
  client: Client;
  /** What the client has sent so far: `GET /1.0/instances 200`. Queries, which may hold secrets, are never logged. */
  sent: string[];
  /** What `work` sends. */
  requestsOf(work: () => Promise<unknown>): Promise<string[]>;
}

/** A client that notes its requests; over the unix socket unless told otherwise. Close it. */
export function watchedClient(server: RealServer, options: ClientOptions = {}): Watched {
  const sent: string[] = [];
  const log = { debug: (line: string) => sent.push(line.replace(/ [\d.]+ ms$/, '')) };
  const where = options.endpoint ? {} : { socketPath: server.socketPath };
  const client = new Client({ ...where, log, ...options });
  const requestsOf = async (work: () => Promise<unknown>) => {
    const before = sent.length;
    await work();
    return sent.slice(before);
  };
  return { client, sent, requestsOf };
}

/** A client for a describe block: it knows its server before the first spec and is closed after the last. */
export function useClient(server: RealServer, options: ClientOptions = {}): Watched {
  const watched = watchedClient(server, options);
  beforeAll(async () => {
    await watched.client.server.fetch();
  });
  afterAll(() => watched.client.close());
  return watched;
}

/** The same over HTTPS, with a certificate of its own that the server trusts meanwhile. Its client exists from `beforeAll` on. */
export function useHttpsClient(server: RealServer): Watched {
  const late = {} as Watched;
  let distrust: () => Promise<void>;
  beforeAll(async () => {
    const { cert, key } = await makeCertificate({ commonName: server.uniqueName('https') });
    distrust = await server.trustClient(cert);
    const tls = { clientCert: cert, clientKey: key, serverCert: server.serverCert };
    Object.assign(late, watchedClient(server, { endpoint: server.httpsUrl, ...tls }));
    await late.client.server.fetch();
  });
  afterAll(async () => {
    await late.client.close();
    await distrust();
  });
  return late;
}

/** Two daemons of a spec's own, which reach each other, and a client of each. */
export interface TwoDaemons {
  here: RealServer;
  there: RealServer;
  /** Of `here`. */
  source: Client;
  /** Of `there`. */
  target: Client;
}

/** They exist from `beforeAll` on; what was started is removed at the end, whatever failed. */
export function useTwoDaemons(facts: ServerFacts): TwoDaemons {
  const late = {} as TwoDaemons;
  let starting: Promise<OwnDaemon[]> | undefined;
  beforeAll(async () => {
    starting = startOwnDaemons(facts, 2, { https: true });
    const [here, there] = (await starting) as [OwnDaemon, OwnDaemon];
    const [source, target] = [here, there].map(({ socketPath }) => new Client({ socketPath }));
    Object.assign(late, { here: here.server, there: there.server, source, target });
  }, 60_000);
  afterAll(async () => {
    const daemons = await starting?.catch(() => []); // those that fail leave nothing
    try {
      await Promise.all([late.source?.close(), late.target?.close()]);
    } finally {
      await removeAll(daemons ?? []);
    }
  }, 60_000);
  return late;
}

/** A stopped container without an image: 20 ms, and enough for all that does not start it. */
export function makeEmpty(
  server: RealServer,
  client: Client,
  input: Partial<InstanceInput> = {},
): Promise<Instance> {
  return client.instances.create({ name: server.uniqueName('empty'), source: { type: 'none' }, ...input });
}

/** A stopped container of the busybox image, which can be started. */
export async function makeBusybox(
  server: RealServer,
  client: Client,
  input: Partial<InstanceInput> = {},
): Promise<Instance> {
  const fingerprint = await server.ensureImage();
  return client.instances.create({ name: server.uniqueName('busybox'), source: { fingerprint }, ...input });
}

/**
 * Waits until a started busybox container can be asked to stop. A first process that has not set its trap yet loses the
 * signal (the kernel drops it), and the server, which sends it once, waits in vain: seen in 1 of 12 stops right after a
 * start on a busy machine.
 */
export function booted(instance: Instance): Promise<Instance> {
  return instance.waitFor((_, { processes }) => processes > 1, { interval: 20, timeout: 20_000 });
}
