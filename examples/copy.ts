// Copy instances and snapshots on one server, keep a copy up to date, and move one elsewhere.
import { connect } from './support/connect.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
const name = unique('copy');

const web = await client.containers.create({
  name,
  source: { type: 'none' }, // without an image; yours has one
  config: { 'user.version': '1', 'user.secret': 'x' },
});

try {
  await web.snapshots.create('before');
  web.config['user.version'] = '2';
  await web.save();

  // All of it: config, devices, profiles, snapshots. What is given goes over it; an empty text takes a key away.
  const twin = await web.copy(`${name}-twin`, { config: { 'user.role': 'twin', 'user.secret': '' } });
  console.log('twin:', twin.config['user.version'], twin.config['user.role'], 'user.secret' in twin.config);
  console.log('its snapshots:', await twin.snapshots.names());

  // As it was at a snapshot; also `client.snapshots.get('web/before')`, and `web.copy(name, { snapshot })`.
  const old = await web.snapshots.ref('before').copy(`${name}-old`);
  console.log('old:', old.config['user.version']);

  // In the words of create(), which takes every kind of source.
  const third = await client.containers.create({
    name: `${name}-third`,
    source: { type: 'copy', source: name, instanceOnly: true },
    description: 'of no snapshots',
  });
  console.log('third:', third.description, await third.snapshots.names());

  // { pool }, { project } and { target } say where else a copy goes; move() takes the instance itself there.
  await third.rename(`${name}-fourth`);
  console.log('fourth:', third.name === `${name}-fourth`);
} finally {
  for (const instance of await client.instances.all())
    if (instance.name.startsWith(name)) await instance.delete();
}
