// Sets up a whole lab, and again: what is there already and right is left alone, so that the second time writes nothing.
import { randomInt } from 'node:crypto';
import type { Client, Log } from 'tslxd';
import { connect } from './support/connect.js';
import { someImage } from './support/image.js';
import { unique, uniqueNetwork } from './support/names.js';

let writes = 0; // the log tells of each request: `PUT /1.0/profiles/default 200 3.1 ms`
const log: Log = { debug: (line) => void (writes += line.startsWith('GET ') ? 0 : 1) };
await using client = await connect({ log }); // in your own code: await Client.connect({ log })
await using borrowed = await someImage(client); // in your own code: source: 'my-alias'

const lab = unique('lab');
const pool = unique('pool');
const bridge = uniqueNetwork();
const address = `10.182.${randomInt(1, 255)}.1/24`;

async function setUp(): Promise<Client> {
  await client.networks.ensure(bridge, { config: { 'ipv4.address': address, 'ipv6.address': 'none' } });
  await client.storagePools.ensure(pool, { driver: 'dir' });
  await client.projects.ensure(lab, { config: { 'features.images': 'false', 'limits.containers': '5' } });
  const inside = client.useProject(lab);
  await inside.profiles.ensure('default', {
    devices: {
      root: { type: 'disk', path: '/', pool },
      eth0: { type: 'nic', network: bridge, name: 'eth0' },
    },
  });
  await Promise.all(
    ['web', 'db', 'cache'].map((name) =>
      inside.containers.ensure(name, {
        source: { fingerprint: borrowed.image.fingerprint },
        config: { 'user.role': name },
        start: true,
      }),
    ),
  );
  return inside;
}

try {
  for (const round of ['first', 'second']) {
    writes = 0;
    const inside = await setUp();
    const running = await inside.containers.all({ filter: { status: 'Running' } });
    console.log(`${round} time:`, writes === 0 ? 'nothing written' : 'written');
    console.log('running:', running.map(({ name }) => name).sort());
  }
  const { changed, failed } = await client.useProject(lab).instances.setState('stop', { force: true });
  console.log('stopped:', changed.length, 'failed:', failed.length);
} finally {
  await client.projects.ref(lab).delete({ force: true, ifExists: true }); // with all that is in it
  await client.networks.ref(bridge).delete({ ifExists: true });
  await client.storagePools.ref(pool).delete({ ifExists: true });
}
