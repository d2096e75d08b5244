// A volume with snapshots, attached to an instance, backed up and restored.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from './support/connect.js';
import { someImage } from './support/image.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
await using borrowed = await someImage(client);
const name = unique('data');
const folder = await mkdtemp(join(tmpdir(), 'tslxd-example-'));
const pool = await client.storagePools.get('default');

try {
  // Its snapshots are deleted by the server after a week, unless they say otherwise.
  const config = { 'snapshots.expiry': '7d', 'user.role': 'shop' };
  const data = await pool.volumes.create({ name, description: 'of the shop', config });
  const web = await client.containers.create({ name, source: borrowed.image });
  await data.attachTo(web, { path: '/srv/data' });
  console.log('used by:', (await data.fetch()).usedBy.length);

  // The content goes back to how it was then; config and description stay as they are.
  const monday = await data.snapshots.create('monday');
  await data.snapshots.create({ name: 'forever', expiresAt: null });
  data.description = 'of the new shop';
  await data.save();
  await data.restore(monday); // not while an instance that has it runs
  console.log('restored:', data.description, monday.expiresAt instanceof Date);

  // One call: the backup on the server is deleted again. The file is whole, or not there.
  const file = await data.exportTo(join(folder, 'data.tar.gz'));
  console.log('written:', (await stat(file)).size > 100, await data.backups.names());

  // It has config, description and snapshots in it. If what you say besides cannot be saved, no volume is left.
  const again = await pool.volumes.import(file, { name: `${name}-again`, description: 'from the backup' });
  console.log('again:', again.description, again.config['user.role'], (await again.snapshots.names()).sort());

  const used = await data.delete().catch((error: unknown) => (error as Error).name);
  await data.detachFrom(web);
  console.log('still attached:', used);
} finally {
  if (await client.instances.exists(name)) await client.instances.ref(name).delete({ force: true });
  for (const made of [name, `${name}-again`]) await pool.volumes.ref(made).delete({ ifExists: true });
  await rm(folder, { recursive: true });
}
