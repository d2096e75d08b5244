// Change many instances and save them together: each is tried, and the result says how it went.
import { SaveAllError, type Instance } from 'tslxd';
import { connect } from './support/connect.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()

// Six empty containers of a fleet of our own.
const fleet = unique('fleet');
const config = { 'user.fleet': fleet };
for (let n = 1; n <= 6; n++) {
  await client.containers.create({ name: `${fleet}-${n}`, source: { type: 'none' }, config });
}

try {
  // One request for all of them.
  const members = await client.containers.all({ filter: { 'config.user.fleet': fleet } });
  console.log('found', members.length);

  // What is as wanted already is not sent.
  for (const member of members.slice(0, 4)) member.config['user.tier'] = 'gold';
  const { saved, unchanged } = await client.saveAll(members, { concurrency: 3 });
  console.log(`saved ${saved.length}, unchanged ${unchanged.length}`);

  // One is deleted meanwhile by somebody else: the others are saved all the same.
  await client.containers.ref(`${fleet}-6`).delete();
  for (const member of members) member.config['user.tier'] = 'silver';
  try {
    await client.saveAll(members, {
      onProgress: ({ done, total, outcome }) => console.log(`${done} of ${total}: ${outcome}`),
    });
  } catch (error) {
    if (!(error instanceof SaveAllError)) throw error;
    console.log(`saved ${error.saved.length}, failed ${error.failed.length}`);
    for (const { message } of error.errors) console.log('  ', message.replaceAll(fleet, '…'));
  }
} finally {
  const left: Instance[] = await client.containers.all({ filter: { 'config.user.fleet': fleet } });
  await Promise.all(left.map((member) => member.delete()));
}
