// Create a container from an image, start it, look at it, stop it, delete it.
import { connect } from './support/connect.js';
import { someImage } from './support/image.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
await using borrowed = await someImage(client); // in your own code: source: 'the-alias-of-an-image'

// Every method waits for the server's work to be done, so the next line can rely on it.
const web = await client.containers.create({
  name: unique('web'),
  source: borrowed.image,
  description: 'made by an example',
  config: { 'user.role': 'web' },
});

try {
  console.log('created:', web);

  await web.start(); // or create({ …, start: true })
  await web.waitFor('running', { timeout: 10_000 });
  console.log('started:', web);

  const state = await web.state();
  console.log('processes:', state.processes, 'interfaces:', Object.keys(state.network).join(', '));

  // A list is one request, however many there are. Filters are the server's work.
  const webs = await client.containers.all({ filter: { 'config.user.role': 'web', status: 'Running' } });
  console.log('running with user.role web:', webs.some(({ name }) => name === web.name) ? 'ours' : 'none');

  await web.freeze();
  console.log('frozen:', web.status);
  await web.unfreeze();
  await web.restart({ force: true });
  console.log('restarted:', web.status);

  // An init that has only just begun does not hear yet that it should end.
  await web.waitFor((_, { processes }) => processes > 1, { timeout: 20_000 });
  // Asks its init to end, for at most 20 s; `force: true` would pull the plug.
  await web.stop({ timeout: 20_000 });
  console.log('stopped:', web);
} finally {
  await web.delete({ force: true }); // also if it still runs
}
console.log('deleted:', web);
