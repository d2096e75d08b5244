import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');

/** All types that lib/index.ts exports for what is given to a method. */
async function inputs(): Promise<string[]> {
  const index = await readFile(join(root, 'lib/index.ts'), 'utf8');
  const names = [...index.matchAll(/\b([A-Z]\w*(?:Options|Input|Create|Update|Filter|Source))\b/g)];
  return [...new Set(names.map(([, name = '']) => name))].sort();
}

// Whoever has `exactOptionalPropertyTypes` on must be able to pass on what may be undefined: TS2379 without `| undefined`.
test('each optional property of what methods take may be undefined, for the strictest of users', async () => {
  const names = await inputs();
  expect(names).toEqual(
    expect.arrayContaining(['ClientOptions', 'ConnectOptions', 'ProfileInput', 'ExecOptions']),
  );
  const folder = await mkdtemp(join(root, 'node_modules/.tslxd-inputs-'));
  try {
    const checks = names.map((name) => `export const ${name}: Faults<tslxd.${name}> = none;`);
    await writeFile(
      join(folder, 'inputs.ts'),
      `import type * as tslxd from '../../lib/index.js';
declare const none: never[];
type Optional<T> = { [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? K : never }[Exclude<keyof T, keyof object | 'toString' | 'toLocaleString' | 'valueOf'>];
type Loose<T> = { [K in keyof T]?: T[K] | undefined };
type Fault<T, K extends keyof T> = K extends K ? (Loose<Pick<T, K>> extends Pick<T, K> ? never : K) : never;
type Bytes = ArrayBufferView | AsyncIterable<unknown>;
type Faults<T> = (T extends Bytes ? never : T extends object ? Fault<T, Optional<T>> : never) extends infer F
  ? [F] extends [never] ? never[] : { lacksUndefined: F }
  : never;
${checks.join('\n')}
`,
    );
    const options = { exactOptionalPropertyTypes: true, rootDir: root, noEmit: true };
    const config = { extends: join(root, 'tsconfig.json'), compilerOptions: options, include: ['inputs.ts'] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, exclude: [] }));
    const tsc = join(root, 'node_modules/typescript-7/bin/tsc');
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', folder]).catch(
      (error: unknown) => error as { stdout: string }, // lib itself does not use the flag
    );
    expect(stdout.split('\n').filter((line) => line.includes('inputs.ts'))).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);
