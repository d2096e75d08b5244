// Fetch an instance, change it in place, save: what changed is sent and nothing else.
import { connect } from './support/connect.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()

// Something to work on: a container without an image, with a key that is to go. Yours is there already.
const name = unique('web');
await client.containers.create({ name, source: { type: 'none' }, config: { 'user.old': 'yes' } });

try {
  const web = await client.containers.get(name);

  // Config and devices are ordinary objects; keys and values are the server's, so values are strings.
  web.config['user.owner'] = 'ada';
  web.config['limits.cpu'] = '2';
  delete web.config['user.old'];

  // Nothing has been sent yet. The model knows what differs.
  console.log(web);
  for (const { path, from, to } of web.changes()) console.log(`  ${path.join(' › ')}:`, from, '→', to);

  // One PATCH with these three keys and the version that was read. Without changes nothing is sent.
  await web.save();
  console.log('saved; dirty:', web.isDirty);

  // A change of mind before the save costs nothing either.
  web.description = 'never mind';
  web.revert();
  console.log('reverted; dirty:', web.isDirty);

  const again = await client.containers.get(name);
  console.log(
    'the server has',
    again.config['user.owner'],
    again.config['limits.cpu'],
    again.config['user.old'],
  );
} finally {
  await client.containers.ref(name).delete();
}
