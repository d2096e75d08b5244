// Two scripts change the same instance: what can be merged is merged, what cannot is yours to decide.
import { SaveConflictError } from 'tslxd';
import { connect } from './support/connect.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
const name = unique('web');
const config = { 'user.colour': 'blue', 'user.count': '1' };
await client.containers.create({ name, source: { type: 'none' }, config });

try {
  // Two scripts read it, each with a model of its own.
  const ada = await client.containers.get(name);
  const bob = await client.containers.get(name);

  // Different keys: both survive, whoever saves last.
  ada.config['user.ada'] = 'was here';
  bob.config['user.bob'] = 'was here';
  await ada.save();
  await bob.save();
  console.log('both:', bob.config['user.ada'], 'and', bob.config['user.bob']);

  // The same key to different values: nothing is written, and the error says what collides.
  ada.config['user.colour'] = 'red';
  bob.config['user.colour'] = 'green';
  await ada.save();
  try {
    await bob.save();
  } catch (error) {
    if (!(error instanceof SaveConflictError)) throw error;
    for (const { path, base, mine, theirs } of error.conflicts) {
      console.log(`conflict at ${path.join(' › ')}:`, { base, mine, theirs });
    }
    // Bob's edits are still in his model, over what the server has now: look, then save again or revert().
    await bob.save();
    console.log('bob insists:', bob.config['user.colour']);
  }

  // Or say beforehand what to do: 'mine', 'theirs', or a function of the conflict.
  await ada.fetch();
  await bob.fetch();
  ada.config['user.count'] = '2';
  bob.config['user.count'] = '5';
  await ada.save();
  await bob.save({ onConflict: ({ mine, theirs }) => String(Math.max(Number(mine), Number(theirs))) });
  console.log('the larger count:', bob.config['user.count']);
} finally {
  await client.containers.ref(name).delete();
}
