import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, createIdentity, ForbiddenError } from 'tslxd';
import { fingerprintOf } from '../support/certificates.js';
import { rejection } from '../resources/support.js';
import { useClient } from './client.js';
import { describeReal } from './harness.js';

const run = promisify(execFile);

describeReal('the text of a trust token', (server) => {
  const { client } = useClient(server);
  const pending = async (name: string) =>
    (await client.certificates.tokens()).filter((token) => token.name === name).length;

  it('lets in whoever sends it first, as it was made for', async () => {
    const name = server.uniqueName('token');
    const token = await client.certificates.createToken({ name, restricted: true, projects: ['default'] });
    expect(await pending(name)).toBe(1);
    const { product, httpsUrl: endpoint, serverCert } = server;
    const proof = product === 'lxd' ? { name: 'x', password: token } : { trust_token: token };
    const send = (one: Client) =>
      one.request('POST', '/1.0/certificates', { body: { type: 'client', ...proof } });

    const identity = createIdentity();
    await using guest = await Client.connect({ endpoint, serverCert, ...identity });
    try {
      await send(guest);
      expect((await guest.server.fetch()).auth).toBe('trusted');
      const one = await client.certificates.get(identity.fingerprint);
      expect([one.name, one.restricted, one.projects]).toEqual([name, true, ['default']]);
      expect(await pending(name)).toBe(0);
      await using second = await Client.connect({ endpoint, serverCert, ...createIdentity() });
      await rejection(send(second), ForbiddenError);
    } finally {
      await client.certificates.ref(identity.fingerprint).delete({ ifExists: true });
    }
    expect((await guest.server.fetch()).auth).toBe('untrusted');
  });

  it('is what the command line takes', async () => {
    const name = server.uniqueName('token');
    const token = await client.certificates.createToken({ name });
    const directory = await mkdtemp(join(tmpdir(), 'tslxd-cli-'));
    const command = server.product === 'lxd' ? 'lxc' : 'incus';
    const env = { ...process.env, LXD_CONF: directory, INCUS_CONF: directory };
    try {
      await run(command, ['remote', 'add', 'there', token], { env });
      const fingerprint = fingerprintOf({
        cert: await readFile(join(directory, 'client.crt'), 'utf8'),
        key: '',
      });
      expect((await client.certificates.get(fingerprint)).name).toBe(name);
      expect(await pending(name)).toBe(0);
    } finally {
      for (const one of await client.certificates.all()) if (one.name === name) await one.delete();
      await rm(directory, { recursive: true });
    }
  }, 60_000);
});
