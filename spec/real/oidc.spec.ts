import { jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { Readable } from 'node:stream';

import {
  addRemote,
  Client,
  createIdentity,
  ForbiddenError,
  UnauthorizedError,
  UnsupportedError,
  type OidcTokens,
  type OidcVerification,
} from 'tslxd';
import { makeCertificate } from '../support/certificates.js';
import { until } from '../rest/test-server.js';
import { useConfiguration } from '../support/configuration.js';
import { OidcProvider } from '../support/oidc-provider.js';
import { makeEmpty } from './client.js';
import { absent, describeReal } from './harness.js';
import { canStart, startOwnDaemon, type OwnDaemon } from './own-daemon.js';

/** A store that a spec can look into. */
function storeOf(first?: OidcTokens) {
  const store = {
    kept: first,
    load: () => store.kept,
    save: (tokens: OidcTokens) => void (store.kept = tokens),
  };
  return store;
}

describeReal(
  'OIDC',
  (server) => {
    if (!canStart('incus')) return absent('no Incus daemon can be started here');
    const configuration = useConfiguration();
    let daemon: OwnDaemon;
    let provider: OidcProvider;
    let where: { endpoint: string; serverCert: string };

    beforeAll(async () => {
      daemon = await startOwnDaemon(server, { https: true });
      provider = await OidcProvider.start();
      const { config } = await daemon.server.read<{ config: object }>('/1.0');
      const oidc = {
        'oidc.issuer': provider.issuer,
        'oidc.client.id': 'tslxd',
        'oidc.audience': 'the-audience',
      };
      await daemon.server.run('PUT', '/1.0', { config: { ...config, ...oidc } });
      where = { endpoint: daemon.server.httpsUrl, serverCert: daemon.server.serverCert };
    }, 60_000);
    beforeEach(() => {
      provider.person = 'agrees';
      provider.asked.length = 0;
    });
    afterAll(async () => {
      await provider?.stop();
      await daemon?.remove();
    }, 60_000);

    /** A client whose person agrees. */
    function connect(tokens = storeOf(), seen: OidcVerification[] = []): Promise<Client> {
      const onVerification = (verification: OidcVerification) => void seen.push(verification);
      return Client.connect({ ...where, oidc: { onVerification, tokens, allowLoopbackHttp: true } });
    }

    it('logs a person in, and works from then on, also over websockets', async () => {
      const seen: OidcVerification[] = [];
      const store = storeOf();
      await using client = await connect(store, seen);
      expect(seen).toEqual([
        { url: `${provider.issuer}/page?code=ABCD-1234`, userCode: 'ABCD-1234', expiresAt: expect.any(Date) },
      ]);
      expect(client.server.auth).toBe('trusted');
      expect(provider.asked[0]!.form).toEqual({
        client_id: 'tslxd',
        scope: 'openid offline_access',
        audience: 'the-audience',
      });
      expect(store.kept).toMatchObject({ issuer: provider.issuer, refreshToken: expect.any(String) });

      const heard: string[] = [];
      client.events.on('lifecycle', ({ metadata }) => heard.push(metadata.source));
      await client.events.ready();
      const instance = await makeEmpty(daemon.server, client);
      await until(() => heard.some((source) => source.includes(instance.name)));
      await instance.delete();
      expect(provider.logins).toBe(1);
    });

    it('takes kept tokens without asking anybody', async () => {
      const store = storeOf();
      await (await connect(store)).close();
      await using client = await connect(store);
      expect(client.server.auth).toBe('trusted');
      expect(provider.logins).toBe(1);
    });

    it('renews an expired token once, however many requests are under way', async () => {
      const store = storeOf({
        accessToken: provider.accessToken({ lifetime: -100 }),
        refreshToken: provider.refreshToken(),
        issuer: provider.issuer,
      });
      const client = new Client({ ...where, oidc: { tokens: store, allowLoopbackHttp: true } });
      const names = await Promise.all(Array.from({ length: 8 }, () => client.instances.names()));
      await client.close();
      expect(names).toHaveLength(8);
      expect(provider.grants('refresh_token')).toHaveLength(1);
      expect(provider.logins).toBe(0);
      expect(store.kept!.refreshToken).not.toBe(undefined);
    });

    it('sends a file when it is known who sends it', async () => {
      await using client = await connect();
      const instance = await makeEmpty(daemon.server, client);
      const store = storeOf({
        accessToken: provider.accessToken({ lifetime: -100 }),
        refreshToken: provider.refreshToken(),
        issuer: provider.issuer,
      });
      const other = new Client({ ...where, oidc: { tokens: store, allowLoopbackHttp: true } });
      await (await other.instances.get(instance.name)).files.writeFile('/greeting', Readable.from(['hello']));
      const file = await (await client.instances.get(instance.name)).files.readFile('/greeting', 'utf8');
      expect(file).toBe('hello');
      await other.close();
      await instance.delete();
      expect(provider.grants('refresh_token')).toHaveLength(1);
    });

    it("logs in by incus's own tokens, and keeps new ones where it finds them", async () => {
      const { INCUS_CONF = '' } = process.env;
      await mkdir(join(INCUS_CONF, 'servercerts'), { recursive: true });
      await mkdir(join(INCUS_CONF, 'oidctokens'), { recursive: true });
      await writeFile(join(INCUS_CONF, 'servercerts/prod.crt'), where.serverCert);
      await writeFile(
        join(INCUS_CONF, 'config.yml'),
        `remotes:\n  prod: {addr: '${where.endpoint}', auth_type: oidc, protocol: incus, public: false}\n`,
      );
      const file = join(INCUS_CONF, 'oidctokens/prod.json');
      const oidc = { onVerification: () => undefined, allowLoopbackHttp: true };
      await using client = await Client.connect('prod', { oidc });
      expect(client.server.auth).toBe('trusted');
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
        access_token: expect.any(String),
        token_type: 'Bearer',
        refresh_token: expect.any(String),
        IDToken: expect.any(String),
      });
      await using again = await Client.connect('incus:prod'); // nobody has to be asked
      expect(again.server.auth).toBe('trusted');
      expect(provider.logins).toBe(1);
    });

    it('logs in for the command line, which logs in for us', async () => {
      const { endpoint, serverCert } = where;
      await addRemote('prod', { endpoint, serverCert }, { product: 'incus', authType: 'oidc' });
      const oidc = { onVerification: () => undefined, allowLoopbackHttp: true };
      await using client = await Client.connect('prod', { oidc });
      const list = async () => {
        const running = promisify(execFile)('incus', ['profile', 'list', 'prod:', '-f', 'csv'], {
          env: process.env,
        });
        running.child.stdin?.end();
        return (await running).stdout;
      };
      expect(await list()).toContain('default,');
      expect(provider.logins).toBe(1);

      // It renews what has expired, and so do we.
      const file = join(configuration.incus, 'oidctokens/prod.json');
      const expire = async () => {
        const kept = JSON.parse(await readFile(file, 'utf8')) as { access_token: string };
        kept.access_token = provider.accessToken({ lifetime: -100 });
        await writeFile(file, JSON.stringify(kept));
        return kept.access_token;
      };
      const first = await expire();
      expect(await list()).toContain('default,');
      const second = await readFile(file, 'utf8');
      expect(second).not.toContain(first);
      await expire();
      await using again = await Client.connect('prod', { oidc: { allowLoopbackHttp: true } });
      expect(await again.profiles.names()).toContain('default');
      expect(await list()).toContain('default,');
      expect(provider.grants('refresh_token')).toHaveLength(2);
      expect(provider.logins).toBe(1);
    });

    it('says what to do to who has no option for it', async () => {
      await using client = await Client.connect(where);
      expect(client.server.auth).toBe('untrusted');
      const refusal = client.instances.names();
      await expect(refusal).rejects.toThrow(ForbiddenError);
      await expect(refusal).rejects.toThrow('pass oidc: { onVerification }');
    });

    it('gives up where the server refuses what the provider issues', async () => {
      const issue = jest.spyOn(provider, 'accessToken').mockReturnValue('a.b.c');
      try {
        await expect(connect()).rejects.toThrow(UnauthorizedError);
        expect(provider.logins).toBe(1);
      } finally {
        issue.mockRestore();
      }
    });
  },
  'incus',
);

describeReal(
  'OIDC',
  (server) => {
    it('is not offered by LXD 5.0, which says so before anybody is asked', async () => {
      const onVerification = () => {
        throw new Error('nobody is to be asked');
      };
      const { httpsUrl: endpoint, serverCert } = server;
      const refusal = Client.connect({ endpoint, serverCert, oidc: { onVerification } });
      await expect(refusal).rejects.toThrow(UnsupportedError);
      await expect(refusal).rejects.toThrow('does not offer OIDC');
    });
  },
  'lxd',
);

describeReal(
  'a token of the own key',
  (server) => {
    const configuration = useConfiguration();

    it('is who we are behind a proxy that ends TLS, also over websockets', async () => {
      const identity = createIdentity({ name: server.uniqueName('jwt') });
      const distrust = await server.trustClient(identity.clientCert);
      const { cert, key } = await makeCertificate({ commonName: 'proxy', altNames: ['127.0.0.1'] });
      const { hostname, port } = new URL(server.httpsUrl);
      const proxy = tls.createServer({ cert, key }, (outer) => {
        const inner = tls.connect({
          host: hostname,
          port: Number(port),
          ca: server.serverCert,
          checkServerIdentity: () => undefined,
        });
        outer.on('error', () => inner.destroy()).pipe(inner);
        inner.on('error', () => outer.destroy()).pipe(outer);
      });
      proxy.listen(0, '127.0.0.1');
      await once(proxy, 'listening');
      const endpoint = `https://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const options = { endpoint, serverCert: cert, ...identity };
      try {
        await using anonymous = await Client.connect(options);
        expect(anonymous.server.auth).toBe('untrusted');
        await using client = await Client.connect({ ...options, clientJwt: true });
        expect(client.server.auth).toBe('trusted');
        await using stream = client.events.listen();
        expect(stream).toBeDefined();
        const answer = await client.request('GET', '/1.0/instances');
        expect(Array.isArray(answer)).toBe(true);
        await using again = await Client.connect(client.credentials());
        expect(again.server.auth).toBe('trusted');

        // Of the command lines' certificates it finds the one that is known.
        const stranger = createIdentity({ name: 'stranger' });
        for (const [folder, { clientCert, clientKey }] of [
          [configuration.lxd, stranger],
          [configuration.incus, identity],
        ] as const) {
          await configuration.write(join(folder, 'client.crt'), clientCert);
          await configuration.write(join(folder, 'client.key'), clientKey);
        }
        await using found = await Client.connect({ endpoint, serverCert: cert, clientJwt: true });
        expect(found.server.auth).toBe('trusted');
      } finally {
        await distrust();
        proxy.close();
      }
    });
  },
  'incus',
);

describeReal('a token that a server does not know', (server) => {
  useConfiguration();
  const { httpsUrl: endpoint, serverCert } = server;

  it('leaves a bearer untrusted, and every request is refused', async () => {
    await using client = await Client.connect({ endpoint, serverCert, bearer: 'e30.e30.c2ln' });
    expect(client.server.auth).toBe('untrusted');
    await expect(client.instances.names()).rejects.toThrow(ForbiddenError);
  });

  it('of the own key is no harm beside a certificate, where it is not looked at', async () => {
    const identity = createIdentity({ name: server.uniqueName('jwt') });
    const distrust = await server.trustClient(identity.clientCert);
    try {
      await using client = await Client.connect({ endpoint, serverCert, clientJwt: true, ...identity });
      expect(client.server.auth).toBe('trusted');
    } finally {
      await distrust();
    }
  });
});
