import { readFile } from 'node:fs/promises';
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

/** A cluster, and how a member of it is lost and comes back. */
export interface SomeCluster {
  client: Client;
  /** Its daemon dies: of the fake at once, of a real one you are asked to see to it. */
  lose: (member: string) => Promise<void>;
  regain: (member: string) => Promise<void>;
}

/**
 * A client, over HTTPS, of the cluster whose credentials are in the file that TSLXD_CLUSTER names, or else of a fake one of
 * three members. Your own code calls `Client.connect(credentials)`.
 */
export async function connectCluster(): Promise<SomeCluster> {
  const file = process.env.TSLXD_CLUSTER;
  if (file) {
    const client = await Client.connect(JSON.parse(await readFile(file, 'utf8')) as ClientOptions);
    process.stderr.write(`Connected to a cluster, ${title(client)}.\n`);
    const ask = async (what: string) => {
      console.log(`(now ${what})`);
      return Promise.resolve();
    };
    return { client, lose: async (one) => ask(`kill ${one}`), regain: async (one) => ask(`start ${one}`) };
  }
  process.stderr.write('TSLXD_CLUSTER names no cluster: a fake one of three members plays here.\n');
  const fake = await FakeServer.start({ members: 3, https: true });
  const client = new FakeClient({}, fake);
  await client.server.fetch();
  const find = (name: string) => fake.members.find((member) => member.name === name);
  return { client, lose: async (one) => find(one)?.kill(), regain: async (one) => find(one)?.restart() };
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
    const [member] = fake.members; // a cluster's have addresses of their own, of which the client learns
    super({ ...options, ...(member ? member.endpoint : { socketPath: fake.socketPath }) });
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
