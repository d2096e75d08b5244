// A table of all instances with their states, addresses and snapshots: one request, however many there are.
import { connect } from './support/connect.js';
import { someImage } from './support/image.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
await using borrowed = await someImage(client);

const web = await client.containers.create({ name: unique('web'), source: borrowed.image, start: true });
try {
  await web.snapshots.create('before');

  // `recursion: 2` brings states and snapshots along: nothing is asked for one by one.
  const instances = await client.instances.all({ recursion: 2 });
  const rows = instances.map(({ name, type, status, fetchedState, fetchedSnapshots }) => ({
    name,
    type,
    status,
    address: fetchedState?.addresses({ family: 4 })[0]?.address ?? '-',
    'memory (MB)': Math.round((fetchedState?.memory.usage ?? 0) / 1e6),
    processes: fetchedState?.processes,
    snapshots: fetchedSnapshots?.map((snapshot) => snapshot.name).join(', '),
  }));
  console.table(rows.filter(({ name }) => name === web.name)); // of all in your own code

  // A name is enough to act on an instance: `ref()` sends nothing.
  await client.instances.ref(web.name).stop({ force: true, ifNeeded: true });
  console.log('stopped:', (await web.fetch()).status);
} finally {
  await web.delete({ force: true });
}
