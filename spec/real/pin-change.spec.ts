import { Client } from 'tslxd';
import { rejection, until } from '../rest/test-server.js';
import { fingerprintOf, makeCertificate } from '../support/certificates.js';
import { describeReal } from './harness.js';
import { canStart, freeAddress, launch, listenOn, type OwnDaemon } from './own-daemon.js';

// Forming a cluster cannot be taken back: each product gets a second daemon here.
describeReal('a certificate that is changed through the client', (server) => {
  const onlyWhere = canStart(server.product) || process.env.TSLXD_REQUIRE_REAL === '1' ? it : it.skip;
  let daemon: OwnDaemon | undefined;
  afterEach(async () => {
    await daemon?.remove();
  });

  onlyWhere('is followed when a cluster is formed, and when its certificate is replaced', async () => {
    daemon = await launch(server);
    await listenOn(daemon.server, await freeAddress());
    const own = await makeCertificate({ commonName: server.uniqueName('pins') });
    await daemon.server.trustClient(own.cert);
    const identity = { clientCert: own.cert, clientKey: own.key };
    const options = { endpoint: daemon.server.httpsUrl, serverCert: daemon.server.serverCert, ...identity };
    await using client = await Client.connect(options);
    const derived = client.useProject('default');
    const heard: string[] = [];
    const forget = client.events.on('lifecycle', ({ metadata }) => heard.push(metadata.action));
    /** Whether connections that are made now find the certificate right. */
    const assertGoesOn = async () => {
      await client.request('GET', '/1.0');
      await derived.profiles.names();
      await using again = await Client.connect(client.credentials() as typeof options);
      expect(again.server.auth).toBe('trusted');
    };

    await client.request('PUT', '/1.0/cluster', { body: { server_name: 'n1', enabled: true } });
    const formed = client.credentials().serverCert;
    expect(formed).not.toBe(options.serverCert);
    await assertGoesOn();

    const replaced = await makeCertificate({
      commonName: 'cluster',
      altNames: ['127.0.0.1'],
      curve: 'P-384',
    });
    await client.request('PUT', '/1.0/cluster/certificate', {
      body: { cluster_certificate: replaced.cert, cluster_certificate_key: replaced.key },
    });
    await assertGoesOn();
    await client.profiles.create({ name: 'after' });
    await until(() => heard.includes('profile-created')); // the event stream has gone on, too
    forget();

    // Who was not told hears of it.
    const stranger = await rejection(Client.connect({ ...options, serverCert: formed! }));
    expect(stranger).toMatchObject({ offered: fingerprintOf(replaced), code: 'ERR_LXD_CERTIFICATE' });
  });
});
