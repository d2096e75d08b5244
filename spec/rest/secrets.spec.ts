import { inspect } from 'node:util';
import { makeCertificate } from '../support/certificates.js';
import { endpointFromOptions } from '../../lib/connect/options.js';
import { GotTransport } from '../../lib/rest/got-transport.js';
import { Connection } from '../../lib/rest/connection.js';
import { Session } from '../../lib/rest/session.js';
import { Web } from '../../lib/rest/web.js';
import { afterwards, serve, sync } from './test-server.js';

const headers = { authorization: 'Bearer SECRET', 'x-secret': 'SECRET' };

/** Everything that `console.log`, a debugger's dump and JSON show. */
function shown(value: unknown): string {
  return inspect(value, { depth: 12, showHidden: true }) + (JSON.stringify(value) ?? '');
}

test('nothing that sends requests shows what it sends them with', async () => {
  const { cert, key } = await makeCertificate({ commonName: 'me' });
  const identity = { endpoint: 'https://127.0.0.1:9', clientCert: cert, clientKey: key, serverCert: cert };
  const connection = new Connection(identity);
  const session = new Session(connection, { headers, project: 'p', target: 't' });
  const transport = new GotTransport(endpointFromOptions(identity)!);
  afterwards(() => transport.close());
  const web = new Web(new URL('https://127.0.0.1:9'), { headers });
  await session.send({ method: 'POST', path: '/1.0', body: {} }).catch(() => undefined); // opens what it has
  for (const thing of [session, session.derive({ project: 'q' }), connection, transport, web]) {
    const text = shown(thing);
    expect(text).not.toContain('SECRET');
    for (const line of key.split('\n').slice(1, -2)) expect(text).not.toContain(line);
  }
  expect(session.scope).toEqual({ project: 'p', target: 't' });
});

test('and sends it all the same, derived or not', async () => {
  const server = await serve((response) => sync(response));
  const session = server.session({ headers });
  await session.send({ method: 'GET', path: '/1.0' });
  await session.derive({ project: 'q' }).send({ method: 'GET', path: '/1.0' });
  for (const seen of server.seen) expect(seen.headers).toMatchObject(headers);
});

test('a log that is a circle does not matter', async () => {
  const log: Record<string, unknown> = {};
  log.self = log;
  expect(() => JSON.stringify(new Session(new Connection({}, log)))).not.toThrow();
});
