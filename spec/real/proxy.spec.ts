import { Client } from 'tslxd';
import { makeCertificate } from '../support/certificates.js';
import { startProxy } from '../support/http-proxy.js';
import { makeBusybox } from './client.js';
import { describeReal } from './harness.js';

describeReal('HTTPS through a proxy', (server) => {
  it('carries requests, uploads, streams, websockets and SFTP, encrypted', async () => {
    const proxy = await startProxy();
    const { cert, key } = await makeCertificate({ commonName: server.uniqueName('proxy') });
    const distrust = await server.trustClient(cert);
    try {
      await using client = await Client.connect({
        endpoint: server.httpsUrl,
        serverCert: server.serverCert,
        clientCert: cert,
        clientKey: key,
        proxy: proxy.urlOf('me', 'hunter2'),
      });
      expect(client.server.auth).toBe('trusted');
      const seen: string[] = [];
      const forget = client.events.on('lifecycle', ({ metadata }) => seen.push(metadata.action));
      const instance = await makeBusybox(server, client);
      await instance.start();
      const data = Buffer.alloc(2_000_000, 'data');
      await instance.files.writeFile('/data', data);
      expect(await instance.files.readFile('/data')).toEqual(data);
      expect((await instance.exec(['cat'], { input: 'typed' })).stdout).toBe('typed');
      (await instance.files.sftpSocket()).destroy();
      await instance.stop({ force: true });
      await instance.delete();
      forget();
      expect(seen).toContain('instance-stopped');
      expect(new Set(proxy.targets)).toEqual(new Set([new URL(server.httpsUrl).host]));
      expect(new Set(proxy.users)).toEqual(new Set(['me:hunter2']));
      expect(proxy.hasSeen('/1.0')).toBe(false);
    } finally {
      await distrust();
    }
  });
});
