// From a token to a server that is known by its name: on a fresh machine, and every time after that.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addRemote, Client, isLxdError, remotes } from 'tslxd';
import { connect } from './support/connect.js';
import { unique } from './support/names.js';

// On the server somebody makes a token: so, or by `lxc config trust add --name laptop`, `incus config trust add laptop`.
await using admin = await connect(); // in your own code: await Client.connect()
const name = unique('laptop');
const token = await admin.certificates.createToken({ name, restricted: true, projects: ['default'] });

// The fresh machine has no configuration of `lxc` and `incus`. This one may have, and that is not to be touched.
const before = { ...process.env };
const folder = await mkdtemp(join(tmpdir(), 'tslxd-example-'));
process.env.LXD_CONF = join(folder, 'lxd');
process.env.INCUS_CONF = join(folder, 'incus');

try {
  {
    // The first time: the token says where the server is, and which certificate it has.
    await using client = await Client.connect({ token, name: 'me@laptop' });
    console.log('first run:', client.server.auth);
    await addRemote('prod', client); // the new certificate too: `lxc list prod:` or `incus list prod:` works now
  }
  const known = (await remotes()).filter(({ authType }) => authType === 'tls');
  console.log(
    'known:',
    known.map((remote) => remote.name),
  );

  // From then on its name is enough.
  await using client = await Client.connect('prod');
  console.log('second run:', client.server.auth);
  console.log('may be in:', (await client.certificates.all()).find((one) => one.name === name)?.projects);

  // A token works once: somebody else who found it is not let in.
  process.env.LXD_CONF = process.env.INCUS_CONF = join(folder, 'somebody else');
  await Client.connect({ token }).catch((error: unknown) => {
    console.log('again:', isLxdError(error) && error.code);
  });
} finally {
  for (const one of await admin.certificates.tokens()) if (one.name === name) await one.cancel();
  for (const one of await admin.certificates.all()) if (one.name === name) await one.delete();
  for (const variable of ['LXD_CONF', 'INCUS_CONF']) {
    if (before[variable] === undefined) delete process.env[variable];
    else process.env[variable] = before[variable];
  }
  await rm(folder, { recursive: true, force: true });
}
console.log('gone:', !(await admin.certificates.all()).some((one) => one.name === name));
