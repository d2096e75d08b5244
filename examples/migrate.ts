// Copy and move instances to another server: between two fake servers or, if there is a second one, from that of this
// machine to it:
//
//   TSLXD_SECOND_SOCKET  the unix socket of another server; it may be on another machine just as well, see remote-https.ts
import { ConflictError, type Progress } from 'tslxd';
import { connectTwo } from './support/connect.js';
import { someImage } from './support/image.js';
import { unique } from './support/names.js';

const two = await connectTwo(); // in your own code: await Client.connect() for each
await using here = two.here;
await using there = two.there;
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
