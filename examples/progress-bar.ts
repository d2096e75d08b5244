// Show how far a server is, with a progress bar of any library: here cli-progress.
import { SingleBar, Presets } from 'cli-progress';
import type { Progress } from 'tslxd';
import { connect } from './support/connect.js';
import { someImage } from './support/image.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
await using borrowed = await someImage(client);
const name = unique('bar');

const format = '{bar} {percentage}% {stage}';
const bar = new SingleBar({ format, noTTYOutput: true, clearOnComplete: false }, Presets.shades_classic);
bar.start(100, 0, { stage: 'asking' });

// Whatever the server and its version send comes in one form: stage, text, and percent, bytes and speed where known.
const onProgress = ({ stage, percent }: Progress) => bar.update(percent ?? 0, { stage });
try {
  const web = await client.containers.create({ name, source: borrowed.image }, { onProgress });
  const image = await web.publish({ onProgress });
  bar.update(100, { stage: 'done' });
  bar.stop();
  console.log('published', image.fingerprint.length, 'characters');
  await image.delete();
} finally {
  bar.stop();
  await client.containers.ref(name).delete({ force: true });
}
