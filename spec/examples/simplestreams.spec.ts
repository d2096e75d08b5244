import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageServer, product } from '../resources/simplestreams/image-server.js';
import { makeCertificate } from '../support/certificates.js';
import { imageServer, runExample } from './run.js';

test(`${imageServer} does what it shows`, async () => {
  const certificate = await makeCertificate({ commonName: 'images', altNames: ['127.0.0.1'] });
  const folder = await mkdtemp(join(tmpdir(), 'tslxd-images-'));
  const file = join(folder, 'images.crt');
  await writeFile(file, certificate.cert);
  await using server = await ImageServer.start(certificate);
  const items = { a: server.file('one.tar.gz', Buffer.from('an image'), 'incus_combined.tar.gz') };
  server.list({ a: product({ aliases: 'busy', versions: { '20260101': { items } } }) });

  const env = { TSLXD_IMAGES: server.url, TSLXD_IMAGES_CERT: file };
  const { stdout, exitCode } = await runExample(imageServer, env);
  expect(stdout).toMatch(/^1 container images for amd64, such as\n {2}Busy One amd64 \(20260101\), 0.0 MB\n/);
  expect(stdout).toMatch(/^busy is [0-9a-f]{12} of Thu Jan 01 2026\n/m);
  expect(stdout).toMatch(/its source: simplestreams https:.*\nrefused: ERR_LXD_INVALID_INPUT\n$/);
  expect(exitCode).toBe(0);
  await rm(folder, { recursive: true });
}, 60_000);
