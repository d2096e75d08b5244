import { FakeServer } from 'tslxd/testing';
import { median, row, timed, type Row } from './measure.js';

/** How long it takes to have a fake server, and a full one. */
export async function benchFake(): Promise<Row[]> {
  const servers: FakeServer[] = [];
  const times = async (rounds: number, run: () => Promise<void>) => {
    const all: number[] = [];
    for (let i = 0; i < rounds; i++) all.push(await timed(run));
    return median(all);
  };
  const start = await times(20, async () => void servers.push(await FakeServer.start()));
  const full = await times(5, async () => {
    const server = await FakeServer.start();
    servers.push(server);
    server.addInstances(10_000, { status: 'Running' });
  });
  await Promise.all(servers.map((server) => server.close()));
  return [
    row('FakeServer.start(), and the 50 ms that it may take', [start, 50], 'ms', '<= 1.00'),
    row('the same with 10,000 instances, and without', [full, start], 'ms', ''),
  ];
}
