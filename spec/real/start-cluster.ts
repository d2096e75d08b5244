// A real cluster of three for trying things by hand, as root, with LXD or Incus installed (servers.sh does that):
//
//   npx tsx spec/real/start-cluster.ts lxd|incus
//
// says where it is, and takes members away and back as it is told: `kill n2`, `start n2`, `freeze n2`, `thaw n2`,
// `status`. Ctrl-D or Ctrl-C ends it with all that was made in it. The daemons that run already are not touched.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { startCluster, type Cluster } from './cluster.js';
import { canStart } from './own-daemon.js';
import type { ServerFacts } from './server.js';

const [product] = process.argv.slice(2);
if (product !== 'lxd' && product !== 'incus') {
  console.error('usage: npx tsx spec/real/start-cluster.ts lxd|incus');
  process.exit(1);
}
if (!canStart(product)) {
  console.error(`${product} cannot be started: it needs root, and spec/real/servers.sh start ${product}`);
  process.exit(1);
}

const name = { lxd: 'LXD', incus: 'Incus' }[product];
const facts: ServerFacts = {
  product,
  name,
  version: '',
  socketPath: '',
  httpsUrl: '',
  serverCert: '',
  hasNetwork: false,
};
const folder = await mkdtemp(join(tmpdir(), 'tslxd-cluster-'));
let cluster: Cluster | undefined;
try {
  cluster = await startCluster(facts);
  const { server } = cluster;
  await server.ensureImage();
  const access = await cluster.access();
  const file = join(folder, 'credentials.json');
  await writeFile(file, JSON.stringify(access), { mode: 0o600 });
  for (const { name, daemon } of cluster.members)
    console.log(`${name}  ${daemon.server.httpsUrl}  ${daemon.socketPath}`);
  console.log(`image ${server.imageAlias}; new Client(JSON) of ${file}`);
  await obey(cluster);
} finally {
  await cluster?.remove();
  await rm(folder, { recursive: true });
}

/** Does what it is told until there is nobody to tell it. */
async function obey({ server, members }: Cluster): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' });
  terminal.on('SIGINT', () => terminal.close());
  terminal.prompt();
  for await (const line of terminal) {
    const [what = '', which] = line.trim().split(/\s+/);
    const daemon = members.find(({ name }) => name === which)?.daemon;
    if (what === 'status') {
      const asked = members.find(({ daemon }) => daemon.pid !== undefined)?.daemon.server ?? server;
      const list = await asked.read<Record<string, string>[]>('/1.0/cluster/members?recursion=1');
      for (const { server_name, status, message } of list) console.log(server_name, status, message);
    } else if (daemon && (what === 'kill' || what === 'start' || what === 'freeze' || what === 'thaw')) {
      await daemon[what]();
    } else if (what) {
      console.log('kill, start, freeze or thaw with n1, n2 or n3; status');
    }
    terminal.prompt();
  }
}
