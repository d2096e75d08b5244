import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildTinyImage } from '../../examples/support/tiny-image.js';

const run = promisify(execFile);

/** The busybox image in two files, as public image servers have them; another salt, another fingerprint. */
export async function buildSplitImage(salt: string): Promise<{ metadata: Buffer; rootfs: Buffer }> {
  const folder = await mkdtemp(join(tmpdir(), 'tslxd-split-'));
  try {
    const tree = join(folder, 'tree');
    await mkdir(tree);
    await writeFile(join(folder, 'image'), await buildTinyImage({ salt }));
    await run('tar', ['-xzf', join(folder, 'image'), '-C', tree]);
    await run('tar', ['-czf', join(folder, 'metadata'), '-C', tree, 'metadata.yaml']);
    await run('tar', ['-czf', join(folder, 'rootfs'), '-C', join(tree, 'rootfs'), '.']);
    const [metadata, rootfs] = await Promise.all(
      ['metadata', 'rootfs'].map((name) => readFile(join(folder, name))),
    );
    return { metadata: metadata!, rootfs: rootfs! };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
