import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * TypeScript files as JavaScript ones in a folder, compiled once: tsx compiles anew in each process, which takes three
 * times as long as what most of them do. Below node_modules, so that they find their packages there.
 */
export async function bundle(
  files: readonly string[],
): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await cacheFolder();
  const remove = () => rm(folder, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: [...files],
    outdir: folder,
    ...{
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
    },
    alias: { tslxd: './lib/index.ts', 'tslxd/testing': './lib/testing/index.ts' },
    outExtension: { '.js': '.mjs' },
    keepNames: true, // they print models with their class
    logLevel: 'error',
  }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return { folder, remove };
}

/** A new folder below node_modules, in which files find the packages of this project. */
export async function cacheFolder(): Promise<string> {
  const cache = join(root, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  return mkdtemp(join(cache, 'tslxd-'));
}
