// Take a snapshot, break something, go back.
import { connect } from './support/connect.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()

const web = await client.containers.create({
  name: unique('web'),
  source: { type: 'none' }, // without an image; yours has one
  config: { 'user.version': '1' },
});

try {
  // A name and an expiry are optional.
  const nextWeek = new Date(Date.now() + 7 * 24 * 3600 * 1000);
  const snapshot = await web.snapshots.create({ name: 'before-upgrade', expiresAt: nextWeek });
  console.log('taken:', snapshot, snapshot.createdAt instanceof Date);

  web.config['user.version'] = '2, broken';
  await web.save();

  // The model is read anew after each operation that changes the instance.
  await web.restore(snapshot); // or web.restore('before-upgrade')
  console.log('restored: user.version is', web.config['user.version']);

  // A snapshot is a model too: here its expiry is taken away.
  snapshot.expiresAt = null;
  await snapshot.save();
  await snapshot.rename('keep');
  console.log('of this instance:', await web.snapshots.names());

  // All snapshots of all instances, by 'instance/snapshot'.
  const all = await client.snapshots.names();
  console.log('among all:', all.includes(`${web.name}/keep`));

  await snapshot.delete();
  console.log('left:', await web.snapshots.names());
} finally {
  await web.delete(); // its snapshots go with it
}
