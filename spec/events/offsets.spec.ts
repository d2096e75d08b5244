import { Client, isLxdError } from 'tslxd';
import { afterwards } from '../rest/test-server.js';
import { proxyTo, troubleKinds, type Trouble } from '../support/proxy.js';
import { EventServer, lifecycle } from './event-server.js';

/** Every so many bytes something goes wrong; 1 is every byte. */
const stride = Number(process.env.TSLXD_OFFSETS ?? (process.env.CI ? 7 : 19));

/** How many are tried at a time. */
const atOnce = 40;

interface Heard {
  names: string[];
  gaps: number;
  error?: unknown;
}

/** Listens through a proxy that spoils the first event socket, until the server's last event has come. */
async function listenThrough(trouble: Trouble | undefined): Promise<Heard & { bytes: number }> {
  const server = await EventServer.start();
  let spoiled = false;
  const proxy = await proxyTo({ path: server.socketPath }, (line) => {
    if (spoiled || !line.includes('/1.0/events')) return undefined;
    spoiled = true;
    return trouble;
  });
  const client = new Client({ socketPath: proxy.socketPath });
  const heard: Heard = { names: [], gaps: 0 };
  const events = client.events.listen({ types: ['lifecycle', 'reconnected'] });
  const listening = (async () => {
    try {
      for await (const event of events) {
        if (event.type === 'reconnected') heard.gaps += 1;
        else heard.names.push(event.metadata.source.replace('/1.0/instances/', ''));
        if (heard.names.at(-1) === 'last') return;
      }
    } catch (error) {
      heard.error = error;
    }
  })();
  await events.ready.catch(() => undefined);
  for (const name of ['a', 'b', 'c']) server.send(lifecycle('instance-started', name));
  // It may have to come again first: said until it is heard.
  const timer = setInterval(() => {
    server.send(lifecycle('instance-started', 'last'));
  }, 20);
  await listening;
  clearInterval(timer);
  const bytes = proxy.carried[0]?.down ?? 0;
  await client.close();
  await proxy.close();
  await server.stop();
  return { ...heard, bytes };
}

describe('an event socket that is spoiled at any byte', () => {
  it.each(troubleKinds)(
    '%s: right events, a told gap or a typed error, never a hang',
    async (kind) => {
      const unhandled: unknown[] = [];
      const note = (reason: unknown) => unhandled.push(reason);
      process.on('unhandledRejection', note);
      afterwards(() => process.off('unhandledRejection', note));
      const { bytes } = await listenThrough(undefined);
      expect(bytes).toBeGreaterThan(300);
      const offsets = Array.from({ length: Math.ceil(bytes / stride) }, (_, index) => index * stride);
      for (let at = 0; at < offsets.length; at += atOnce) {
        const batch = offsets.slice(at, at + atOnce);
        const all = await Promise.all(
          batch.map(async (offset) => listenThrough({ kind, direction: 'down', at: offset, ms: 30 })),
        );
        for (const { names, gaps, error } of all) {
          if (error !== undefined) expect(isLxdError(error)).toBe(true);
          else if (kind === 'halve' || kind === 'delay')
            expect([names.slice(0, 3), gaps]).toEqual([['a', 'b', 'c'], 0]);
          else if (names.slice(0, 3).join() !== 'a,b,c' && kind === 'cut') expect(gaps).toBe(1);
        }
      }
      expect(unhandled).toEqual([]);
    },
    120_000,
  );
});
