import { execFileSync } from 'node:child_process';
import {
  addStorage,
  allOrNone,
  freeAddress,
  launch,
  listenOn,
  removeAll,
  type OwnDaemon,
} from './own-daemon.js';
import type { RealServer, ServerFacts } from './server.js';

/** Servers that are one, on loopback addresses of this machine. */
export interface Cluster {
  /** Of the first member; it answers for all. */
  server: RealServer;
  /** In the order in which they joined. */
  members: { name: string; daemon: OwnDaemon }[];
  /** Ends all members with all that they made. */
  remove(): Promise<void>;
}

interface JoinToken {
  metadata: {
    serverName: string;
    fingerprint: string;
    addresses: string[];
    secret: string;
    expiresAt: string;
  };
}

/** Starts daemons and makes a cluster of them: `n1`, `n2`, …, each with a part of the pool `default`. */
export async function startCluster(facts: ServerFacts, size = 3): Promise<Cluster> {
  const daemons = await allOrNone(Array.from({ length: size }, async () => launch(facts)));
  const members = daemons.map((daemon, index) => ({ name: `n${index + 1}`, daemon }));
  const remove = async () => removeAll(daemons);
  try {
    const [first, ...others] = members;
    const { server } = first!.daemon;
    await listenOn(server, await freeAddress());
    await addStorage(server);
    await server.run('PUT', '/1.0/cluster', { server_name: first!.name, enabled: true });
    // The certificate is the cluster's from now on.
    const { environment } = await server.read<{ environment: { certificate: string } }>('/1.0');
    server.serverCert = environment.certificate;
    for (const { name, daemon } of others) await join(server, name, daemon);
    return { server, members, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** As `lxd init` does it: its token brings where the cluster is, and that we may. */
async function join(server: RealServer, name: string, { folder, server: joining }: OwnDaemon): Promise<void> {
  const answer = await server.raw<JoinToken>('POST', '/1.0/cluster/members', { server_name: name });
  const { serverName, fingerprint, addresses, secret, expiresAt } = answer.body.metadata.metadata;
  const token = { server_name: serverName, fingerprint, addresses, secret, expires_at: expiresAt };
  const address = await freeAddress();
  const cluster = {
    enabled: true,
    server_name: name,
    server_address: address,
    cluster_token: Buffer.from(JSON.stringify(token)).toString('base64'),
    member_config: [{ entity: 'storage-pool', name: 'default', key: 'source', value: '' }],
  };
  const program = joining.product === 'lxd' ? { file: 'lxd', args: [] } : { file: 'incus', args: ['admin'] };
  execFileSync(program.file, [...program.args, 'init', '--preseed'], {
    env: {
      ...process.env,
      LXD_SOCKET: undefined,
      INCUS_SOCKET: undefined,
      LXD_DIR: folder,
      INCUS_DIR: folder,
    },
    input: JSON.stringify({ cluster }), // JSON is YAML
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  Object.assign(joining, { httpsUrl: `https://${address}`, serverCert: server.serverCert });
}
