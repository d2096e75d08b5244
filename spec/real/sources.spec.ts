import { createHash } from 'node:crypto';
import { buildTinyImage } from '../../examples/support/tiny-image.js';
import { NotFoundError, OperationError, type ImageSource } from 'tslxd';
import { useClient } from './client.js';
import { absent, describeReal, realServers } from './harness.js';

describeReal('instances of an image that another server has', (server) => {
  const { client } = useClient(server);
  const other = realServers().find(({ product }) => product !== server.product);
  if (!other) {
    absent('there is no server of the other product');
    return;
  }
  const alias = server.uniqueName('remote');
  // In its own protocol, which the other speaks too: Incus 6.0 has no lasting word for `lxd`.
  const remote = { server: other.httpsUrl, certificate: other.serverCert, protocol: server.product };
  let bytes: Buffer;
  let fingerprint: string;
  const path = () => `/1.0/images/${fingerprint}`;

  beforeEach(async () => {
    bytes = await buildTinyImage({ salt: server.uniqueName('salt') });
    fingerprint = createHash('sha256').update(bytes).digest('hex');
    await other.run('POST', '/1.0/images', bytes);
    await other.run('POST', '/1.0/images/aliases', { name: alias, target: fingerprint });
  });

  // The server that fetched it keeps a copy.
  afterEach(async () => {
    await other.remove(path());
    await server.remove(path());
  });

  async function makes(source: ImageSource): Promise<void> {
    const made = await client.instances.create({ name: server.uniqueName('made'), source });
    expect(made.config['volatile.base_image']).toBe(fingerprint);
    await made.delete();
  }

  it('by alias and by fingerprint, public', async () => {
    await other.run('PATCH', path(), { public: true });
    await makes({ alias, ...remote });
    await makes({ fingerprint, ...remote });
  });

  it('by fingerprint and secret, private', async () => {
    const refused: unknown = await client.instances
      .create({ source: { fingerprint, ...remote } })
      .catch((error: unknown) => error);
    expect(refused instanceof NotFoundError || refused instanceof OperationError).toBe(true);
    const secret = (await other.raw<{ metadata: { secret: string } }>('POST', `${path()}/secret`)).body
      .metadata.metadata.secret;
    await makes({ fingerprint, secret, ...remote });
  });
});
