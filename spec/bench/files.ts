import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { Client, type Instance } from 'tslxd';
import { peak, throughput, timed, type Row } from './measure.js';

const run = promisify(execFile);
const size = 200_000_000;
const rounds = 5;

/** 200 MB into an instance and out of it, beside curl on the same endpoint. */
export async function benchFiles(socketPath: string, fingerprint: string): Promise<Row[]> {
  await using client = await Client.connect({ socketPath });
  const title = `${client.server.product} ${client.server.version}`;
  const folder = await mkdtemp(join(tmpdir(), 'tslxd-bench-'));
  const local = join(folder, 'local');
  const web = await client.containers.create({
    name: `tslxd-bench-files-${String(process.pid)}`,
    source: { fingerprint },
  });
  try {
    const hash = await fill(local);
    const into: [number[], number[]] = [[], []];
    const out: [number[], number[]] = [[], []];
    const memory = peak();
    for (let round = 0; round < rounds; round++) {
      into[0].push(
        await timed(async () => pipeline(createReadStream(local), web.files.createWriteStream('/ours'))),
      );
      into[1].push(
        await timed(async () =>
          curl(socketPath, web, '/theirs', ['--data-binary', `@${local}`, '-X', 'POST']),
        ),
      );
      const back = createHash('sha256');
      out[0].push(
        await timed(async () =>
          pipeline(web.files.createReadStream('/ours'), createWriteStream(join(folder, 'ours'))),
        ),
      );
      out[1].push(await timed(async () => curl(socketPath, web, '/theirs', ['-o', join(folder, 'theirs')])));
      await pipeline(createReadStream(join(folder, 'ours')), back);
      if (back.digest('hex') !== hash) throw new Error('What came back is not what was sent');
    }
    return [
      throughput(`files, 200 MB into an instance, ${title}`, size, into, '>= 0.80'),
      throughput(`files, 200 MB out of an instance, ${title}`, size, out, '>= 0.80'),
      {
        what: `  memory grew meanwhile, ${title}`,
        ours: `${memory().toFixed(0)} MB`,
        theirs: '-',
        ratio: NaN,
        wanted: '<= 64 MB',
      },
    ];
  } finally {
    await web.delete();
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(path: string): Promise<string> {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(1_000_000);
  const source = Readable.from(
    (function* () {
      for (let i = 0; i < size / chunk.length; i++) {
        const next = Buffer.from(chunk.fill(i));
        hash.update(next);
        yield next;
      }
    })(),
  );
  await pipeline(source, createWriteStream(path));
  return hash.digest('hex');
}

async function curl(socketPath: string, { name }: Instance, path: string, args: string[]): Promise<void> {
  const url = `http://unix.socket/1.0/instances/${name}/files?path=${path}`;
  const type = ['-H', 'Content-Type: application/octet-stream'];
  await run('curl', ['-sSf', '--unix-socket', socketPath, ...type, ...args, url]);
}
