// Export an instance to a file, and make another of it.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from './support/connect.js';
import { someImage } from './support/image.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
await using borrowed = await someImage(client);
const name = unique('backup');
const folder = await mkdtemp(join(tmpdir(), 'tslxd-example-'));
const file = join(folder, 'web.tar.gz');

try {
  const web = await client.containers.create({ name, source: borrowed.image });
  await web.files.writeFile('/etc/motd', 'kept\n');
  await web.snapshots.create('first');

  // One call: the backup on the server is deleted again, also when something fails. The file is whole, or not there.
  const stages = new Set<string>();
  await web.exportTo(file, { compressionAlgorithm: 'gzip', onProgress: ({ stage }) => stages.add(stage) });
  console.log('written:', (await stat(file)).size > 100, stages.has('download'));
  console.log('left on the server:', await web.backups.names());

  // From a path, bytes or a stream; `pool` says where to put it.
  const again = await client.instances.import(file, { name: `${name}-again` });
  console.log(await again.files.readFile('/etc/motd', 'utf8'), await again.snapshots.names());

  // Backups that stay on the server until they expire, or are deleted.
  const tomorrow = new Date(Date.now() + 24 * 3600 * 1000);
  const nightly = await web.backups.create({ name: 'nightly', expiresAt: tomorrow, instanceOnly: true });
  console.log('kept:', await web.backups.names(), nightly.expiresAt instanceof Date);
  await nightly.exportTo(join(folder, 'nightly.tar'));
  await nightly.delete();
} finally {
  for (const made of [name, `${name}-again`]) {
    if (await client.instances.exists(made)) await client.instances.ref(made).delete({ force: true });
  }
  await rm(folder, { recursive: true });
}
