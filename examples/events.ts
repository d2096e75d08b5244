// Hear what happens on a server, and keep a true picture of its instances.
import { connect } from './support/connect.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
const name = unique('heard');

// A function for each event of a kind; `on()` returns its own unsubscribe.
const off = client.events.on('lifecycle', ({ metadata, timestamp }) => {
  if (metadata.source.includes(name)) console.log(timestamp instanceof Date, metadata.action);
});
client.events.on('reconnected', ({ metadata }) => console.log('nothing was heard since', metadata.lostAt));
await client.events.ready(); // from here on nothing is missed

// The same as an iterable, here of two actions only. `signal` or `break` ends it.
const deletions = client.events.listen({ actions: ['instance-deleted'] });

await client.containers.create({ name, source: { type: 'none' } });

// A watch begins with what is there and stays true when the connection is lost and found again. What changes faster than
// it is looked at comes as one change.
for await (const change of client.instances.watch()) {
  if (change.type === 'synced' || change.key !== name) continue;
  console.log('watch:', change.type, change.model.status);
  if (change.type === 'removed') break;
  if (change.type === 'changed') {
    await change.model.delete();
  } else {
    change.model.config['user.owner'] = 'ada';
    await change.model.save();
  }
}

for await (const { metadata } of deletions) {
  if (metadata.source.endsWith(`/${name}`)) break;
}
off();
console.log('all heard');
