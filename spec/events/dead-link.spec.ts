import { EventSocket } from '../../lib/events/socket.js';
import { Connection } from '../../lib/rest/connection.js';
import { Session } from '../../lib/rest/session.js';
import { afterwards, until } from '../rest/test-server.js';
import { proxyTo } from '../support/proxy.js';
import { EventServer } from './event-server.js';

const times = { open: 5_000, listed: 1_000, look: 10, silence: 30, dead: 120 };

/** An event socket in a hurry, through a proxy that holds everything back from some byte on. */
async function open(
  server: EventServer,
  stallAt?: number,
): Promise<{ isLost: () => boolean; bytes: number }> {
  const trouble = { kind: 'delay', direction: 'down', at: stallAt ?? 0, ms: 3_000 } as const;
  const proxy = await proxyTo({ path: server.socketPath }, () =>
    stallAt === undefined ? undefined : trouble,
  );
  afterwards(() => proxy.close());
  const connection = new Connection({ socketPath: proxy.socketPath });
  afterwards(() => {
    connection.close();
  });
  const demand = { types: undefined, project: 'default' };
  const socket = await EventSocket.open(new Session(connection), demand, () => undefined, { times });
  let isLost = false;
  socket.onLost(() => (isLost = true));
  return { isLost: () => isLost, bytes: proxy.carried[0]!.down };
}

test('a link on which nothing comes any more is noticed, though no end of it comes', async () => {
  const server = await EventServer.start();
  const { bytes } = await open(server); // of the handshake, with the pong that ends it
  const { isLost } = await open(server, bytes);
  await until(isLost, 2_500);
  expect(isLost()).toBe(true);
});

test('one on which nothing happens is not taken for that: the other side answers our pings', async () => {
  const server = await EventServer.start();
  const { isLost } = await open(server);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(isLost()).toBe(false);
});
