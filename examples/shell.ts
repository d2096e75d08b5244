// A shell in an instance: `npx tsx examples/shell.ts web`. Without a name, in a container of its own.
import { connect } from './support/connect.js';
import { someImage } from './support/image.js';
import { unique } from './support/names.js';

const [, , wanted] = process.argv;
await using client = await connect(); // in your own code: await Client.connect()
await using borrowed = await someImage(client);
const name = wanted ?? unique('shell');

try {
  const web = wanted
    ? await client.instances.get(wanted)
    : await client.containers.create({ name, source: borrowed.image, start: true });

  // `attach()` connects it with our terminal: keys as they are typed, and the size as it changes.
  const shell = web.exec(['sh'], { interactive: true, reject: false });
  const { exitCode } = await shell.attach();
  console.log(`\nthe shell ended with ${String(exitCode)}`);
} finally {
  if (!wanted) await client.containers.ref(name).delete({ force: true });
}
