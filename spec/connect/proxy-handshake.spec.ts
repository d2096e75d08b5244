import { EventEmitter, once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { AbortedError, Client, ClosedError, TimeoutError } from 'tslxd';
import { openTls } from '../../lib/connect/agent.js';
import type { HttpsEndpoint } from '../../lib/connect/endpoint.js';
import { endpointFromOptions } from '../../lib/connect/options.js';
import { offeredCertificate } from '../../lib/connect/trust/offered.js';
import { afterwards } from '../rest/test-server.js';

/** A proxy that lets everybody through to a server which never says a word; `handshake` settles when one has begun. */
async function silence(): Promise<{
  options: { endpoint: string; proxy: string };
  handshake: Promise<unknown>;
}> {
  const begun = new EventEmitter();
  const sockets = new Set<net.Socket>();
  const proxy = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 ok\r\n\r\n');
      socket.once('data', () => begun.emit('hello'));
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  afterwards(() => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  });
  const url = `http://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`;
  return { options: { endpoint: 'https://127.0.0.1:8443', proxy: url }, handshake: once(begun, 'hello') };
}

/** Node tells of an error that nobody hears after the microtasks of what caused it: a timer's is the last place. */
const later = () => new Promise((resolve) => setTimeout(resolve, 50));

describe('a handshake through a proxy that is given up by a timer ends alone, not the process', () => {
  const uncaught: unknown[] = [];
  const note = (error: unknown) => uncaught.push(error);
  beforeEach(() => {
    uncaught.length = 0;
    process.on('uncaughtException', note);
  });
  afterEach(() => process.off('uncaughtException', note));

  type Run = (options: { endpoint: string; proxy: string }, signal: AbortSignal) => unknown;
  const asked = (options: object, more: object, end?: (client: Client) => void) => {
    const client = new Client(options);
    afterwards(() => client.close());
    end?.(client);
    return client.request('GET', '/1.0', more);
  };

  test.each<[string, unknown, Run]>([
    ['a request that times out', TimeoutError, (options) => asked(options, { timeout: 300 })],
    ['a request that is aborted', AbortedError, (options, signal) => asked(options, { signal })],
    [
      'a client that is closed',
      ClosedError,
      (options, signal) =>
        asked(options, {}, (client) => signal.addEventListener('abort', () => void client.close())),
    ],
    ['openTls()', Error, (options, signal) => openTls(endpointFromOptions(options) as HttpsEndpoint, signal)],
    [
      'offeredCertificate()',
      AbortedError,
      (options, signal) => offeredCertificate(endpointFromOptions(options) as HttpsEndpoint, { signal }),
    ],
  ])('%s', async (_, kind, run) => {
    const { options, handshake } = await silence();
    const stop = new AbortController();
    void handshake.then(() => setTimeout(() => stop.abort(new Error('enough')), 10));
    await expect(run(options, stop.signal)).rejects.toBeInstanceOf(kind);
    await later();
    expect(uncaught).toEqual([]);
  });
});
