// Upload an image, name it, change its properties; publish a container as an image; delete both.
import { connect } from './support/connect.js';
import { someImage } from './support/image.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
await using borrowed = await someImage(client);

const alias = unique('image');
const web = await client.containers.create({ name: unique('web'), source: borrowed.image });

try {
  // An image out of a container, which must be stopped. From a file it would be
  // client.images.create('alpine.tar.gz', { aliases: ['alpine'] }), with a path, bytes or a stream.
  const image = await web.publish({ aliases: [alias], properties: { os: 'busybox', release: '1' } });
  console.log('published:', image.fingerprint.slice(0, 12), `${image.size} bytes`);

  try {
    // By alias, by fingerprint, or by the beginning of a fingerprint that no other image shares.
    const found = await client.images.getByAlias(alias);
    console.log('found by its alias:', found.key === image.key);

    found.properties.release = '2';
    found.public = false;
    await found.save();
    console.log('release', found.properties.release, 'of', found.properties.os);

    const images = await client.images.all();
    console.log(
      'in the list:',
      images.some(({ key }) => key === image.key),
    );

    // What others make of it is made of the alias.
    const copy = await client.containers.create({ name: unique('copy'), source: alias });
    console.log('a container of it:', copy.status);
    await copy.delete();
  } finally {
    await image.delete();
  }
} finally {
  await web.delete();
}
