import { inspect } from 'node:util';
import { Client, ProtocolError } from 'tslxd';
import { afterwards, serve, started, sync } from '../../rest/test-server.js';
import { rejection } from '../support.js';
import { decoded } from './stories.js';

const id = (last: number) => `0f2c0ad1-0000-4000-8000-00000000000${String(last)}`;
const secret = 'ab'.repeat(32);
const fingerprint = 'cd'.repeat(32);
const request = { name: 'me', type: 'client', token: true };
const token = (last: number, metadata: unknown, more: object = {}) => ({
  ...{
    id: id(last),
    class: 'token',
    description: 'Executing operation',
    status: 'Running',
    status_code: 103,
  },
  ...{
    created_at: '',
    updated_at: '',
    resources: null,
    may_cancel: true,
    err: '',
    location: 'none',
    metadata,
  },
  ...more,
});

/** A client of a server that answers so to what is asked about tokens. */
async function clientOf(metadata: unknown, operations: unknown[] = []): Promise<Client> {
  const server = await serve((response, { method, url }) => {
    if (method === 'POST') started(response, `/1.0/operations/${id(1)}`, token(1, metadata));
    else if (url.startsWith('/1.0/operations')) sync(response, { running: operations });
    else sync(response, { api_extensions: ['certificate_token'], auth: 'trusted' });
  });
  const client = new Client({ socketPath: server.socketPath });
  afterwards(() => client.close());
  return client;
}

it('says when it expires, and where the server is, if anywhere', async () => {
  const expiresAt = '2040-01-02T03:04:05.678901234Z';
  const whole = { request, secret, fingerprint, addresses: ['10.0.0.5:8443', '[fd00::5]:8443'], expiresAt };
  const { certificates } = await clientOf(whole);
  expect(decoded(await certificates.createToken({ name: 'me' }))).toEqual({
    ...{ client_name: 'me', fingerprint, addresses: whole.addresses, secret, expires_at: expiresAt },
  });
  const nowhere = await clientOf({ request, secret, fingerprint, addresses: null });
  expect(decoded(await nowhere.certificates.createToken({ name: 'me' }))).toMatchObject({
    ...{ addresses: [], expires_at: '0001-01-01T00:00:00Z' },
  });
});

it.each([
  ['nothing', null],
  ['no secret', { request, fingerprint, addresses: [] }],
  ['an empty one', { request, fingerprint, secret: '' }],
  ['no fingerprint', { request, secret }],
  ['another kind of token', { secret, fingerprint, serverName: 'n2', addresses: [] }],
])('is refused where the answer has %s', async (_, metadata) => {
  const { certificates } = await clientOf(metadata);
  const error = await rejection(certificates.createToken({ name: 'me' }), ProtocolError);
  expect(inspect(error, { depth: Infinity })).not.toContain(secret);
});

it('is listed apart from those for images and members of clusters, and from what is over', async () => {
  const expiresAt = '2040-01-02T03:04:05Z';
  const { certificates } = await clientOf(null, [
    token(1, { secret }, { description: 'Image download token', resources: { images: ['/1.0/images/ab'] } }),
    token(2, { secret, fingerprint, serverName: 'n2', addresses: ['10.0.0.5:8443'], expiresAt }),
    token(3, { request, secret, fingerprint, addresses: ['10.0.0.5:8443'], expiresAt }),
    token(4, { request, secret, fingerprint, addresses: null, expiresAt: '0001-01-01T00:00:00Z' }),
    token(5, { request, secret, fingerprint, addresses: null }, { status: 'Cancelled', status_code: 401 }),
    token(6, { request, secret, fingerprint, addresses: null }, { class: 'task' }),
  ]);
  const [one, two, ...more] = await certificates.tokens();
  expect(more).toEqual([]);
  expect([one!.name, one!.expiresAt, one!.addresses]).toEqual(['me', new Date(expiresAt), ['10.0.0.5:8443']]);
  expect([two!.expiresAt, two!.addresses]).toEqual([null, []]);
  expect([one, two].map((each) => inspect(each))).toEqual([
    "PendingToken('me' until 2040-01-02T03:04:05.000Z)",
    "PendingToken('me')",
  ]);
});
