// A bridge with an ACL, and a forward of the host's address to an instance on it; run twice, it changes nothing.
import { randomInt } from 'node:crypto';
import { InUseError } from 'tslxd';
import { connect } from './support/connect.js';
import { unique, uniqueNetwork } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
const { networks } = client;
const names = { acl: unique('web-only'), network: uniqueNetwork(), container: unique('web') };
const subnet = `10.181.${randomInt(1, 255)}`;
const listenAddress = `198.51.100.${randomInt(101, 255)}`; // in your own code one of the host's

async function build(): Promise<void> {
  const acl = await networks.acls.ensure(names.acl, {
    ingress: [{ action: 'allow', state: 'enabled', protocol: 'tcp', destinationPort: '80' }],
  });
  // Without addresses the server would choose some, which network.config shows then.
  const network = await networks.ensure(names.network, {
    config: { 'ipv4.address': `${subnet}.1/24`, 'ipv6.address': 'none', 'security.acls': acl.name },
  });
  await network.forwards.ensure(listenAddress, {
    ports: [{ protocol: 'tcp', listenPort: '80', targetAddress: `${subnet}.10` }],
  });
  await client.containers.ensure(names.container, {
    source: { type: 'none' },
    devices: { eth0: { type: 'nic', network: network.name, 'ipv4.address': `${subnet}.10` } },
  });
}

try {
  await build();
  await build(); // sends no write

  // Rules and ports are edited in place; what others do to other ones meanwhile, stays.
  const mine = await networks.acls.get(names.acl);
  const theirs = await networks.acls.get(names.acl);
  theirs.ingress.push({ action: 'allow', state: 'logged', protocol: 'tcp', destinationPort: '443' });
  await theirs.save();
  mine.ingress[0]!.source = '203.0.113.0/24';
  await mine.save();
  for (const rule of mine.ingress) console.log('rule:', rule.destinationPort, rule.source ?? 'from anywhere');

  const network = await networks.get(names.network);
  const forward = await network.forwards.get(listenAddress);
  const [http] = forward.ports;
  if (http) forward.ports.push({ ...http, listenPort: '8443', targetPort: '443' });
  await forward.save();
  for (const port of forward.ports)
    console.log('forwarded:', port.listenPort, 'to', port.targetPort || 'the same');

  const { addresses, mtu } = await network.state();
  console.log('gateway:', addresses[0]?.address === `${subnet}.1`, 'mtu:', mtu);
  console.log('used by:', network.usedBy.length);
  console.log('the host has:', (await networks.all()).filter(({ managed }) => !managed).length > 0);
  await network
    .delete()
    .catch((error: unknown) => console.log('deleted:', error instanceof InUseError && error.code));
} finally {
  const gone = { ifExists: true };
  await client.containers.ref(names.container).delete(gone);
  await networks.ref(names.network).delete(gone); // its forwards go with it
  await networks.acls.ref(names.acl).delete(gone);
}
