// Copy and move instances to another server. Needs two real servers: that of this machine, and
//
//   TSLXD_SECOND_SOCKET  the unix socket of another one; it may be on another machine just as well, see remote-https.ts
import { Client, ConflictError, type Progress } from 'tslxd';
import { connect } from './support/connect.js';
import { someImage } from './support/image.js';
import { unique } from './support/names.js';

const socketPath = process.env.TSLXD_SECOND_SOCKET;
if (!socketPath) {
  console.error('Set TSLXD_SECOND_SOCKET: this example moves an instance from one server to another.');
  process.exit(1);
}
await using here = await connect(); // in your own code: await Client.connect()
await using there = await Client.connect({ socketPath });
await using borrowed = await someImage(here);
const name = unique('migrate');
const copy = `${name}-copy`;

try {
  const web = await here.containers.create({ name, source: borrowed.image, config: { 'user.role': 'web' } });
  await web.files.writeFile('/root/hello', 'Hello from here');
  await web.snapshots.create('before');

  // The other server fetches it from this one (pull). What it is not told otherwise is as in the original.
  const twin = await web.copyTo(there, { name: copy, config: { 'user.role': 'twin' } });
  console.log('copied:', twin.config['user.role'], await twin.files.readFile('/root/hello', 'utf8'));
  console.log('its snapshots:', await twin.snapshots.names());

  // Whatever fails, the original is as it was, and nothing half made is left.
  const taken = await web.moveTo(there, { name: copy }).catch((error: unknown) => error);
  console.log('taken:', taken instanceof ConflictError, await here.instances.exists(name));

  // Where neither server can reach the other, this process carries the bytes. Large ones tell how far they are.
  const onProgress = ({ stage, bytes }: Progress) => console.error(stage, bytes);
  const moved = await web.moveTo(there, { mode: 'relay', start: true, onProgress });
  console.log('moved:', moved.status, (await moved.exec(['cat', '/root/hello'])).stdout);
  console.log('here any more:', await here.instances.exists(name));
} finally {
  for (const [client, left] of [
    [here, name],
    [there, name],
    [there, copy],
  ] as const) {
    if (await client.instances.exists(left)) await client.instances.ref(left).delete({ force: true });
  }
}
