// Start something that takes its time, watch it, give up on it.
import { TimeoutError } from 'tslxd';
import { connect } from './support/connect.js';
import { someImage } from './support/image.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
await using borrowed = await someImage(client);
const name = unique('web');

try {
  // Waiting is the default; `wait: false` gives the operation instead.
  const creation = await client.containers.create({ name, source: borrowed.image }, { wait: false });
  console.log('began:', creation.id.length, creation.description);

  // Its steps, as the server tells them, until it has ended.
  const off = creation.onProgress(({ stage, text }) => console.log('progress:', stage, text));
  for await (const { status } of creation) console.log('status:', status);
  off();

  // `wait()` gives what the method would have given, here the container.
  const web = await creation.wait();
  console.log('ended:', web.status);

  // Any process that knows the id can take it up, until 5 s after its end.
  const start = await web.start({ wait: false });
  const same = await client.operations.get(start.id);
  await same.wait({ timeout: 30_000 });
  console.log('started:', (await web.fetch()).status);

  // A timeout or a signal ends the waiting; with `cancelOnAbort` a signal also cancels on the server, where it can.
  const hopeless = web.waitFor('stopped', { timeout: 300 });
  await hopeless.catch((error: unknown) => {
    if (!(error instanceof TimeoutError)) throw error;
    console.log('gave up:', error.code);
  });
} finally {
  await client.containers.ref(name).delete({ force: true });
}
