import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The canned server of a list of so many instances, or of one that is read alone, in a process of its own. */
export async function forkCanned(count: number): Promise<{ socketPath: string; close: () => void }> {
  const script = fileURLToPath(new URL('./canned-server.ts', import.meta.url));
  const child = fork(script, [String(count)], { execArgv: ['--import', 'tsx'] });
  const [socketPath] = (await once(child, 'message')) as [string];
  return {
    socketPath,
    close: () => {
      child.disconnect();
    },
  };
}
