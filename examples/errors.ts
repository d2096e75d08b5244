// What can go wrong, and how to tell it apart: by class in your own process, by `code` everywhere.
import { AlreadyExistsError, InvalidInputError, isLxdError, NotFetchedError, NotFoundError } from 'tslxd';
import { connect } from './support/connect.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
const name = unique('web');

// Something that is not there.
try {
  await client.containers.get(name);
} catch (error) {
  if (!(error instanceof NotFoundError)) throw error;
  console.log('get:', error.code, error.status, error.method);
}
console.log('exists:', await client.containers.exists(name));

// A mistake of ours is found before anything is sent, and the message says what to write instead.
const web = await client.containers.create({ name, source: { type: 'none' } });
try {
  Object.assign(web.config, { 'limits.cpu': 2 }); // TypeScript refuses web.config['limits.cpu'] = 2
  await web.save();
} catch (error) {
  if (!(error instanceof InvalidInputError)) throw error;
  console.log('save:', error.message);
  web.revert();
}

// A model that was not fetched has no properties yet, rather than wrong ones.
try {
  console.log(client.containers.ref(name).status);
} catch (error) {
  if (!(error instanceof NotFetchedError)) throw error;
  console.log('ref:', error.code);
}

// A name in use is one error, whatever the server's status, and whether it is refused at once or fails as an operation.
try {
  await client.containers.create({ name, source: { type: 'none' } });
} catch (error) {
  if (!(error instanceof AlreadyExistsError)) throw error;
  console.log('create:', error.code);
} finally {
  await web.delete();
}

// Everything else that tslxd throws has a `code` too.
await web.fetch().catch((error: unknown) => console.log('deleted:', isLxdError(error) && error.code));
