import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'tslxd';
import { describeReal } from './harness.js';

const writers = 8;
const keys = 50;

interface Report {
  merged: number;
  error?: string;
}

/** Runs one writer in a process of its own. */
async function write(socketPath: string, name: string, writer: string): Promise<Report> {
  const script = fileURLToPath(new URL('./race-writer.ts', import.meta.url));
  const child = fork(script, [socketPath, name, writer, String(keys)], { execArgv: ['--import', 'tsx'] });
  const ended = once(child, 'exit');
  const [report] = (await Promise.race([once(child, 'message'), ended])) as [Report | number | null];
  await ended;
  return typeof report === 'object' && report
    ? report
    : { merged: 0, error: `exited with ${String(report)}` };
}

describeReal('eight processes that save one instance while a ninth starts and stops it', (server) => {
  it(`keeps all ${String(writers * keys)} keys`, async () => {
    await using client = await Client.connect({ socketPath: server.socketPath });
    const name = server.uniqueName('race');
    const instance = await client.containers.create({
      name,
      source: { fingerprint: await server.ensureImage() },
    });
    const stopping = new AbortController();
    const toggling = toggle(client, name, stopping.signal);
    const reports = await Promise.all(
      Array.from({ length: writers }, (_, index) => write(server.socketPath, name, `w${String(index)}`)),
    );
    stopping.abort();
    const toggles = await toggling;
    await instance.fetch();
    const kept = Object.keys(instance.config).filter((key) => key.startsWith('user.w'));
    const merged = reports.reduce((sum, report) => sum + report.merged, 0);
    console.log(
      `${server.name}: ${String(kept.length)} of ${String(writers * keys)} keys, ` +
        `${String(merged)} times merged after a 412, ${String(toggles)} starts and stops`,
    );
    expect(reports.flatMap(({ error }) => error ?? [])).toEqual([]);
    expect(kept).toHaveLength(writers * keys);
  }, 240_000);
});

/** Starts and stops it until told to end; a refusal because of the writers is part of the game. */
async function toggle(client: Client, name: string, signal: AbortSignal): Promise<number> {
  const instance = client.instances.ref(name);
  let done = 0;
  while (!signal.aborted) {
    const { status } = await instance.state();
    const change = status === 'Running' ? instance.stop({ force: true }) : instance.start();
    await change.then(
      () => done++,
      () => undefined,
    );
    await delay(300); // a person's pace, much quickened
  }
  return done;
}
