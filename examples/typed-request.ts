// Any endpoint of the API, also those without a model yet: client.request(), typed from both APIs.
import { connect } from './support/connect.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
const name = unique('web');
await client.containers.create({ name, source: { type: 'none' } });

try {
  // Path parameters by name, percent-encoded for you. The editor knows the paths, the body and the answer.
  const state = await client.request('GET', '/1.0/instances/{name}/state', { name });
  console.log('state:', state.status);

  // `recursion` decides whether a list holds URLs or objects, and the type follows.
  const urls = await client.request('GET', '/1.0/profiles');
  const profiles = await client.request('GET', '/1.0/profiles', { query: { recursion: 1 } });
  console.log(
    'profiles:',
    urls.includes('/1.0/profiles/default'),
    profiles.some((one) => one.name === 'default'),
  );

  // What starts an operation is waited for; `wait: false` gives the operation.
  const body = { name: 'first' };
  const done = await client.request('POST', '/1.0/instances/{name}/snapshots', { name, body });
  console.log('snapshot:', done.status);

  // Where somebody else may write too: send the version that you read. Models do this by themselves.
  await client
    .request('PATCH', '/1.0/instances/{name}', {
      name,
      body: { config: { 'user.note': 'hello' }, description: '' },
      ifMatch: 'a version that it no longer has',
    })
    .catch((error: unknown) => console.log('refused:', (error as { code: string }).code));
} finally {
  await client.containers.ref(name).delete();
}
