import { Client, ConnectionError, isLxdError, type ClientOptions } from 'tslxd';
import { FakeServer } from 'tslxd/testing';

/**
 * A client of the LXD or Incus server on this machine or, where none answers, of the fake server that comes with
 * tslxd. Says on stderr which one it is. Your own code has no need of this: it calls `Client.connect()`.
 *
 * LXD_SOCKET and INCUS_SOCKET name a server, as for every client; TSLXD_DEMO=fake (or fake-incus) asks for the fake.
 */
export async function connect(options: ClientOptions = {}): Promise<Client> {
  const { client, about } = await open(options);
  process.stderr.write(`${about}\n`);
  return client;
}

/** Clients of two servers: of that of this machine and of another one that is named, or else of two fakes. */
export async function connectTwo(): Promise<{ here: Client; there: Client }> {
  const socketPath = process.env.TSLXD_SECOND_SOCKET;
  if (socketPath) return { here: await connect(), there: await Client.connect({ socketPath }) };
  process.stderr.write(
    'TSLXD_SECOND_SOCKET names no other server: two fake servers, LXD and Incus, play here.\n',
  );
  const [here, there] = await Promise.all([fakeClient({}, 'lxd'), fakeClient({}, 'incus')]);
  return { here, there };
}

/** The client, and in a sentence or two what it is connected to and why. */
export async function open(options: ClientOptions = {}): Promise<{ client: Client; about: string }> {
  const wanted = process.env.TSLXD_DEMO ?? '';
  if (!/^(fake(-lxd|-incus)?)?$/.test(wanted)) {
    throw new Error(`TSLXD_DEMO is '${wanted}': it can be fake, fake-lxd or fake-incus`);
  }
  if (wanted) return openFake(options, wanted === 'fake-incus' ? 'incus' : 'lxd', 'TSLXD_DEMO asks for it');
  try {
    const client = await Client.connect(options);
    return {
      client,
      about: `Connected to ${title(client)} on ${client.server.environment?.serverName ?? ''}.`,
    };
  } catch (error) {
    if (!isLxdError(error)) throw error;
    return openFake(options, 'lxd', whyNot(error));
  }
}

/** A client that takes its own fake server along when it is closed. */
export class FakeClient extends Client {
  constructor(
    options: ClientOptions,
    private readonly fake: FakeServer,
  ) {
    super({ ...options, socketPath: fake.socketPath });
  }

  override async close(): Promise<void> {
    await super.close();
    await this.fake.close();
  }
}

async function fakeClient(options: ClientOptions, product: 'lxd' | 'incus'): Promise<FakeClient> {
  // Servers reach each other over the network.
  const client = new FakeClient(options, await FakeServer.start({ product, https: true }));
  await client.server.fetch();
  return client;
}

async function openFake(options: ClientOptions, product: 'lxd' | 'incus', why: string) {
  const client = await fakeClient(options, product);
  return { client, about: `Using the fake server, which plays ${title(client)} in this process: ${why}.` };
}

function title({ server }: Client): string {
  return `${server.product === 'lxd' ? 'LXD' : 'Incus'} ${server.version}`;
}

/** A server that is there but closed to us is worth more words than one that is not there. */
function whyNot(error: Error): string {
  if (!(error instanceof ConnectionError)) return error.message;
  const closed = error.attempts.filter(({ reason }) => reason !== 'absent');
  if (closed.length === 0) {
    const named = ['LXD_SOCKET', 'LXD_DIR', 'INCUS_SOCKET', 'INCUS_DIR'].filter((name) => process.env[name]);
    if (named.length === 0) return 'no LXD or Incus answers on this machine';
    return `no server is at ${error.attempts.map(({ address }) => address).join(', ')}, which ${named.join(' and ')} says`;
  }
  const found = closed.map(({ address, reason, remedy = '' }) => `\n  ${address}: ${reason}; ${remedy}`);
  return `a server is there, but cannot be used:${found.join('')}\n  Then run this again`;
}
