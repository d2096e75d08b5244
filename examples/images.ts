// Publish a container as an image, write the image to a file, upload it again, and move names from one image to another.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from './support/connect.js';
import { someImage } from './support/image.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
await using borrowed = await someImage(client);

const { images } = client;
const alias = unique('image/stable'); // names of images may have slashes
const folder = await mkdtemp(join(tmpdir(), 'tslxd-example-'));
const web = await client.containers.create({ name: unique('web'), source: borrowed.image });

try {
  // An image out of a container, which must be stopped.
  const published = await web.publish({ aliases: [alias], properties: { os: 'busybox', release: '1' } });

  // By alias, by fingerprint, or by the beginning of a fingerprint that no other image shares.
  const found = await images.getByAlias(alias);
  found.properties.release = '2';
  await found.save();
  console.log('found by its alias:', found.key === published.key, 'release', found.properties.release);

  // To a file: as a whole and checked against its fingerprint, or nothing is left. An image in two files, as public
  // servers have them, resolves with { metadata, rootfs }, which create() takes as well.
  const file = await found.exportTo(folder);
  await found.delete();

  // And back: from a path, bytes, a stream, or { server, alias } of another server. The server must store what was sent.
  let uploaded = 0;
  const image = await images.create(file, {
    aliases: [alias],
    properties: { release: '3' },
    onProgress: ({ percent = 0 }) => (uploaded = percent),
  });
  console.log('the same again:', image.key === found.key, `${uploaded} %`);

  // A newer image takes over the name: at no moment does it mean neither.
  web.config['user.version'] = '2';
  await web.save();
  const newer = await web.publish({ aliases: [alias], moveAliases: true, properties: { release: '4' } });
  await images.aliases.create({ name: `${alias}-old`, target: image });
  console.log('now it means the newer one:', (await images.getByAlias(alias)).key === newer.key);

  const copy = await client.containers.create({ name: unique('copy'), source: alias });
  console.log('a container of it:', copy.status);
  await copy.delete();
  await newer.delete(); // with its aliases
  await image.delete();
} finally {
  await web.delete();
  await rm(folder, { recursive: true });
}
