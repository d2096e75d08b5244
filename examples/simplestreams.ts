// The images of a public image server, found without an LXD or Incus.
//
//   TSLXD_IMAGES       the server's URL, https://images.linuxcontainers.org without it
//   TSLXD_IMAGES_CERT  the file of its certificate, for a server of your own
import { readFile } from 'node:fs/promises';
import { InvalidInputError, NotFoundError, SimpleStreams } from 'tslxd';

const { TSLXD_IMAGES: url = 'https://images.linuxcontainers.org', TSLXD_IMAGES_CERT: file } = process.env;
const serverCert = file ? await readFile(file, 'utf8') : undefined;

// The lists are read when they are first needed, and kept for an hour.
const streams = new SimpleStreams(url, { serverCert });

const containers = await streams.all({ filter: { type: 'container', architecture: 'amd64', newest: true } });
console.log(`${containers.length} container images for amd64, such as`);
for (const { properties, size } of containers.slice(0, 5)) {
  console.log(`  ${properties.description ?? '?'}, ${(size / 1e6).toFixed(1)} MB`);
}

// A name means an image for each architecture, and perhaps a virtual machine.
const [name = 'alpine/edge'] = containers.flatMap(({ aliases }) => aliases);
try {
  const image = await streams.getByAlias(name, { architecture: 'amd64' });
  console.log(`${name} is ${image.fingerprint.slice(0, 12)} of ${image.createdAt.toDateString()}`);

  // What a server is told, which fetches it by itself: client.instances.create({ name, source: image })
  console.log('its source:', image.source().protocol, image.source().server);
} catch (error) {
  if (!(error instanceof NotFoundError)) throw error;
  console.log(`there is no ${name}`);
}

// Which of several is meant is never guessed.
await streams.get('').catch((error: unknown) => {
  if (error instanceof InvalidInputError) console.log('refused:', error.code);
});
