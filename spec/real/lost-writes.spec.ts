import { Client, OutcomeUnknownError, type Instance } from 'tslxd';
import { makeCertificate } from '../support/certificates.js';
import { cuttingRelay, type CuttingRelay } from './cutting-relay.js';
import { describeReal } from './harness.js';

const ways = ['a unix socket', 'https'] as const;

describeReal('a write that is lost', (server) => {
  describe.each(ways)('over %s', (way) => {
    let relay: CuttingRelay;
    let client: Client;
    let distrust: (() => Promise<void>) | undefined;
    /** Whether the next request that the client sends is a write: over TLS the relay cannot read it. */
    let isWriting = false;

    beforeAll(async () => {
      if (way === 'https') {
        const { cert, key } = await makeCertificate({ commonName: server.uniqueName('lost') });
        distrust = await server.trustClient(cert);
        const { hostname: host, port } = new URL(server.httpsUrl);
        relay = await cuttingRelay({ host, port: Number(port) }, () => isWriting);
        const tls = { clientCert: cert, clientKey: key, serverCert: server.serverCert };
        client = new Client({ endpoint: relay.at, ...tls });
      } else {
        relay = await cuttingRelay({ path: server.socketPath }, (text) =>
          /^(POST|PUT|PATCH|DELETE) /.test(text),
        );
        client = new Client({ socketPath: relay.at });
      }
      await client.server.fetch();
    });
    afterAll(async () => {
      await client.close();
      await relay.close();
      await distrust?.();
    });

    /** Loses the first write of some work. */
    const losing = async <T>(when: 'before' | 'after', work: () => Promise<T>): Promise<T> => {
      const before = relay.count;
      relay.cut(when);
      isWriting = true;
      try {
        return await work();
      } finally {
        isWriting = false;
        expect(relay.count).toBe(before + 1);
      }
    };
    const counted = async (name: string) =>
      (await client.instances.names()).filter((one) => one === name).length;
    const create = async (label: string) =>
      client.instances.create({ name: server.uniqueName(label), source: { type: 'none' } });

    describe.each(['before', 'after'] as const)('%s it is done', (when) => {
      it('saves', async () => {
        const web = await create('save');
        web.config['user.lost'] = when;
        await losing(when, async () => web.save());
        expect(web.isDirty).toBe(false);
        expect((await client.instances.get(web.name)).config['user.lost']).toBe(when);
        await web.delete();
      });

      it('creates, copies and deletes, each once', async () => {
        const name = server.uniqueName('made');
        const web = await losing(when, async () =>
          client.instances.create({ name, source: { type: 'none' } }),
        );
        expect(await counted(name)).toBe(1);
        const snapshot = await losing(when, async () => web.snapshots.create('one'));
        expect([snapshot.key, await web.snapshots.names()]).toEqual(['one', ['one']]);
        await losing(when, async () => web.delete());
        expect(await counted(name)).toBe(0);
      });

      it('renames', async () => {
        const web = await create('old');
        const [old, name] = [web.name, server.uniqueName('new')];
        await losing(when, async () => web.rename(name));
        expect([web.name, await counted(old), await counted(name)]).toEqual([name, 0, 1]);
        await web.delete();
      });

      it('creates what no server says the time of, or says that it is not known', async () => {
        const name = server.uniqueName('profile');
        const made = losing(when, async () => client.profiles.create(name)).catch((error: unknown) => error);
        if (when === 'before') expect(await made).toMatchObject({ name });
        else expect(await made).toBeInstanceOf(OutcomeUnknownError);
        const names = await client.profiles.names();
        expect(names.filter((one) => one === name)).toHaveLength(1);
        const profile = client.profiles.ref(name);
        await losing(when, async () => profile.delete());
        const ensured = await losing(when, async () => client.profiles.ensure(name, { description: 'x' }));
        expect(ensured.description).toBe('x');
        await ensured.delete();
      });
    });

    it('starts, freezes, unfreezes, restarts and stops', async () => {
      const name = server.uniqueName('power');
      const fingerprint = await server.ensureImage();
      const web = await client.instances.create({ name, source: { fingerprint } });
      const status = async () => (await web.fetch()).status;
      for (const when of ['before', 'after'] as const) {
        await losing(when, async () => web.start());
        expect(await status()).toBe('Running');
        await losing(when, async () => web.freeze());
        expect(await status()).toBe('Frozen');
        await losing(when, async () => web.unfreeze());
        expect(await status()).toBe('Running');
        const restarted = losing(when, async () => web.restart({ force: true })).catch(
          (error: unknown) => error,
        );
        if (when === 'after') expect((await restarted) as Instance).toBe(web);
        else expect(await restarted).toBeInstanceOf(OutcomeUnknownError);
        await losing(when, async () => web.stop({ force: true }));
        expect(await status()).toBe('Stopped');
      }
      await web.delete();
    }, 120_000);
  });
});
