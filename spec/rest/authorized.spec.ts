import type { Authorization } from '../../lib/connect/oidc/authorization.js';
import { AuthorizedTransport } from '../../lib/rest/authorized.js';
import type { Transport } from '../../lib/rest/transport.js';

/** How often one request is sent that is answered so, where another proof could always be had. */
async function sendings(status: number): Promise<number> {
  let sent = 0;
  const inner = {
    request: () => Promise.resolve({ status, headers: {}, body: '', sent: (sent += 1) }),
  } as Partial<Transport> as Transport;
  const eager: Authorization = {
    mayRenew: true,
    lasts: () => true,
    headers: () => ({ authorization: `Bearer ${sent}` }),
    heard: () => undefined,
    renewed: () => Promise.resolve(true),
    greeted: () => undefined,
  };
  await new AuthorizedTransport(inner, eager).request({
    method: 'POST',
    path: '/1.0/instances',
    headers: {},
  });
  return sent;
}

it.each([200, 201, 202, 204, 302, 400, 404, 409, 412, 423, 429, 500, 502, 503])(
  'a request that was answered by %i is sent once',
  async (status) => expect(await sendings(status)).toBe(1),
);

it.each([401, 403])('a request that was refused by %i is sent again, and not for ever', async (status) =>
  expect(await sendings(status)).toBe(5),
);
