import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { Client, NotFoundError } from 'tslxd';
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
    const grown: [number[], number[]] = [[], []];
    const ours = join(folder, 'ours');
    for (let round = 0; round < rounds; round++) {
      await client.images.ref(fingerprint).delete().catch(ignoreMissing);
      const send = [
        async () => {
          const memory = peak();
          const image = await client.images.create(path);
          grown[0].push(memory());
          if (image.fingerprint !== fingerprint) throw new Error('The fingerprint is another');
        },
        async () => {
          const sent = await curl(socketPath, '/1.0/images', ['-T', path, '-X', 'POST']);
          await curl(socketPath, `${(JSON.parse(sent) as { operation: string }).operation}/wait`, []);
        },
      ];
      // Who is first changes, since the second finds warmer caches.
      for (const who of round % 2 === 0 ? [0, 1] : [1, 0]) {
        up[who]!.push(await timed(send[who]!));
        if (who === round % 2) await client.images.ref(fingerprint).delete(); // the second one's stays for the export
      }
      const memory = peak();
      down[0].push(await timed(async () => client.images.ref(fingerprint).exportTo(ours)));
      grown[1].push(memory());
      if ((await hashOf(ours)) !== fingerprint) throw new Error('What came back is not what was sent');
      const theirs = ['-o', join(folder, 'theirs')];
      down[1].push(await timed(async () => curl(socketPath, `/1.0/images/${fingerprint}/export`, theirs)));
    }
    return [
      throughput(`images, 500 MB streamed to a server, ${title}`, size, up, '>= 0.85'),
      growth(`  memory grew meanwhile, ${title}`, grown[0]),
      throughput(`images, 500 MB from a server to a file, ${title}`, size, down, '-'),
      growth(`  memory grew meanwhile, ${title}`, grown[1]),
    ];
  } finally {
    if (fingerprint && (await client.images.exists(fingerprint)))
      await client.images.ref(fingerprint).delete();
    await rm(folder, { recursive: true, force: true });
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof NotFoundError)) throw error;
}

/** The most of all rounds. */
function growth(what: string, grown: number[]): Row {
  const most = Math.max(...grown);
  return { what, ours: `${most.toFixed(0)} MB`, theirs: '-', ratio: NaN, wanted: '<= 64 MB' };
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
