import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../', import.meta.url));

// What asks for the real servers outside jest; bench does it the same way.
it('npm run record ends well where no server answers', async () => {
  const env = { ...process.env, LXD_SOCKET: '/nowhere', INCUS_SOCKET: '/nowhere' };
  const script = ['--import', 'tsx', 'spec/contract/record.ts'];
  const { stdout } = await promisify(execFile)(process.execPath, script, { cwd: root, env });
  expect(stdout).toBe('');
});
