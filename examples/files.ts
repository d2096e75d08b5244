// Read and write files of an instance, and copy whole trees.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TransferError } from 'tslxd';
import { connect } from './support/connect.js';
import { someImage } from './support/image.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
await using borrowed = await someImage(client);
const name = unique('files');
const folder = await mkdtemp(join(tmpdir(), 'tslxd-example-'));

try {
  const { files } = await client.containers.create({ name, source: borrowed.image });

  // The shape of node:fs/promises; the instance need not run.
  await files.mkdir('/srv/site', { recursive: true });
  await files.writeFile('/srv/site/index.html', '<h1>Hello</h1>\n', { mode: 0o644 });
  await files.symlink('index.html', '/srv/site/start');
  console.log(await files.readFile('/srv/site/start', 'utf8'));
  console.log((await files.readdir('/srv/site')).sort(), (await files.stat('/srv/site/index.html')).size);

  // A tree comes out and goes in again: modes, links and empty directories, several files at a time.
  const report = await files.pull('/srv/site', join(folder, 'site'), {
    onProgress: ({ path, bytes }) => console.log('copied', path || '.', bytes),
  });
  console.log(`${String(report.files)} file, ${String(report.links)} link`);
  console.log(await readFile(join(folder, 'site', 'start'), 'utf8'));

  // What could not be copied is told one by one.
  await files.writeFile('/srv/file', '');
  await files.push(join(folder, 'site'), '/srv/file').catch((error: unknown) => {
    if (!(error instanceof TransferError)) throw error;
    for (const { path, error: reason } of error.failed) console.log(`${path || '.'}: ${reason.name}`);
  });

  await files.rm('/srv/site', { recursive: true });
} finally {
  await client.containers.ref(name).delete({ force: true });
  await rm(folder, { recursive: true });
}
