import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { Client } from 'tslxd';
import { peak, throughput, timed, type Row } from './measure.js';

const run = promisify(execFile);
const padding = 500_000_000;
const rounds = 5;

/** An image of 500 MB, nearly all of it random, up by stream and down again, beside curl on the same endpoint. */
export async function benchImages(socketPath: string): Promise<Row[]> {
  await using client = await Client.connect({ socketPath });
  const title = `${client.server.product} ${client.server.version}`;
  const folder = await mkdtemp(join(tmpdir(), 'tslxd-bench-'));
  const path = join(folder, 'image.tar');
  let fingerprint = '';
  try {
    fingerprint = await buildImage(folder, path);
    const { size } = await stat(path);
    const up: [number[], number[]] = [[], []];
    const down: [number[], number[]] = [[], []];
    const memory = peak();
    for (let round = 0; round < rounds; round++) {
      up[0].push(
        await timed(async () => {
          const image = await client.images.create(path);
          if (image.fingerprint !== fingerprint) throw new Error('The fingerprint is another');
        }),
      );
      const ours = join(folder, 'ours');
      down[0].push(await timed(async () => client.images.ref(fingerprint).exportTo(ours)));
      if ((await hashOf(ours)) !== fingerprint) throw new Error('What came back is not what was sent');
      down[1].push(
        await timed(async () =>
          curl(socketPath, `/1.0/images/${fingerprint}/export`, ['-o', join(folder, 'theirs')]),
        ),
      );
      await client.images.ref(fingerprint).delete();
      up[1].push(
        await timed(async () => {
          const sent = await curl(socketPath, '/1.0/images', ['-T', path, '-X', 'POST']);
          await curl(socketPath, `${(JSON.parse(sent) as { operation: string }).operation}/wait`, []);
        }),
      );
      await client.images.ref(fingerprint).delete();
    }
    return [
      throughput(`images, 500 MB streamed to a server, ${title}`, size, up, '>= 0.85'),
      throughput(`images, 500 MB from a server to a file, ${title}`, size, down, '-'),
      {
        what: `  memory grew meanwhile, ${title}`,
        ours: `${memory().toFixed(0)} MB`,
        theirs: '-',
        ratio: NaN,
        wanted: '<= 64 MB',
      },
    ];
  } finally {
    if (fingerprint && (await client.images.exists(fingerprint)))
      await client.images.ref(fingerprint).delete();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A container's image that is not compressed, since the padding could not be; resolves with its SHA-256. */
async function buildImage(folder: string, path: string): Promise<string> {
  await mkdir(join(folder, 'rootfs'));
  await writeFile(join(folder, 'metadata.yaml'), 'architecture: x86_64\ncreation_date: 1\nproperties: {}\n');
  await pipeline(
    function* () {
      for (let left = padding; left > 0; left -= 1_000_000) yield randomBytes(1_000_000);
    },
    createWriteStream(join(folder, 'rootfs', 'padding')),
  );
  await run('tar', ['-cf', path, '-C', folder, 'metadata.yaml', 'rootfs']);
  await rm(join(folder, 'rootfs'), { recursive: true });
  return hashOf(path);
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

async function curl(socketPath: string, path: string, args: string[]): Promise<string> {
  const type = ['-H', 'Content-Type: application/octet-stream', '-H', 'Expect:'];
  const { stdout } = await run('curl', [
    '-sSf',
    '--unix-socket',
    socketPath,
    ...type,
    ...args,
    `http://unix.socket${path}`,
  ]);
  return stdout;
}
