import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { compiled, runExample, typed, withoutServers, type Run } from './run.js';

/**
 * Runs examples in one process, which has to end by itself after them: starting Node and loading the SDK takes longer than
 * what most of them do. Those that need a process of their own get one.
 */
export function runExamples(envs: ReadonlyMap<string, Record<string, string>>): Map<string, Promise<Run>> {
  const alone = (name: string): boolean => name in typed || name === 'test-with-the-fake.ts';
  const together = [...envs].filter(([name]) => !alone(name));
  const runs = new Map<string, Promise<Run>>();
  for (const [name, env] of envs) if (alone(name)) runs.set(name, runExample(name, env));
  const ended = (async () => {
    const jobs = await Promise.all(
      together.map(async ([name, env]) => ({ name, env, file: await compiled(name) })),
    );
    const child = fork(
      fileURLToPath(new URL('one-process.child.mjs', import.meta.url)),
      [JSON.stringify(jobs)],
      {
        env: withoutServers(),
        execArgv: [],
        timeout: 60_000,
      },
    );
    const results = new Map<string, Run>();
    child.on('message', ({ name, ...run }: Run & { name: string }) => results.set(name, run));
    // All that it told has come when the channel is closed.
    const [[exitCode]] = await Promise.all([
      once(child, 'exit') as Promise<[number | null]>,
      once(child, 'disconnect'),
    ]);
    return { results, exitCode };
  })();
  for (const [name] of together) {
    const run = ended.then(({ results, exitCode }) => {
      if (exitCode !== 0) throw new Error(`the process of the examples ended with ${exitCode}`);
      return results.get(name)!;
    });
    run.catch(() => undefined);
    runs.set(name, run);
  }
  return runs;
}
