// Scripts are run twice: ensure() makes what is missing, mends what differs, and leaves alone what is right.
import { connect } from './support/connect.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
const profileName = unique('small');
const name = unique('web');

async function deploy(version: string): Promise<void> {
  // Keys that are not named here stay as they are.
  const profile = await client.profiles.ensure(profileName, {
    description: 'For small things',
    config: { 'limits.memory': '256MiB' },
  });
  const web = await client.containers.ensure(name, {
    source: { type: 'none' }, // used by the creation only
    profiles: ['default', profile.name],
    config: { 'user.version': version },
  });
  console.log(
    web.name === name && profile.name === profileName ? 'as wanted,' : 'not',
    web.config['user.version'],
  );
}

try {
  await deploy('1'); // creates both
  await deploy('1'); // sends no write at all
  await deploy('2'); // changes one key

  // Two at once are no problem either: whoever comes second finds it there.
  await Promise.all([deploy('3'), deploy('3')]);

  const web = await client.containers.get(name);
  console.log('with what the profile adds:', web.expandedConfig['limits.memory']);
} finally {
  if (await client.containers.exists(name)) await client.containers.ref(name).delete();
  if (await client.profiles.exists(profileName)) await client.profiles.ref(profileName).delete();
}
