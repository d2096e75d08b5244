import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Users who compile with this flag cannot pass on what is undefined where a type says only `?`. */
test('the library, and every exported options type, compile under exactOptionalPropertyTypes', async () => {
  const tsc = 'node_modules/typescript-7/bin/tsc';
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [tsc, '--noEmit', '--pretty', 'false', '--exactOptionalPropertyTypes'],
    { cwd: root },
  ).catch((error: unknown) => error as { stdout: string });
  const complaints = stdout.split('\n').filter((line) => /^(lib|spec\/types)\//.test(line));
  expect(complaints).toEqual([]);
}, 120_000);
