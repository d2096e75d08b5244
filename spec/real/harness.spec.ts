import { request } from 'node:https';
import { buildTinyImage } from '../../examples/support/tiny-image.js';
import { makeCertificate, type MadeCertificate } from '../support/certificates.js';
import { describeReal, type RealServer } from './harness.js';

describeReal('the harness', (server) => {
  it('creates, lists and cleans up an instance', async () => {
    const name = server.uniqueName('none');
    await server.run('POST', '/1.0/instances', { name, source: { type: 'none' } });
    expect(await server.read('/1.0/instances')).toContain(`/1.0/instances/${name}`);

    await server.cleanup();
    expect((await server.raw('GET', `/1.0/instances/${name}`)).status).toBe(404);
  });

  it('says what an operation failed of', async () => {
    const name = server.uniqueName('twice');
    await server.run('POST', '/1.0/instances', { name, source: { type: 'none' } });
    const again = server.run('POST', '/1.0/instances', { name, source: { type: 'none' } });
    await expect(again).rejects.toThrow(/POST \/1.0\/instances on .*(exist|already|UNIQUE)/);
  });

  it('boots the busybox image and stops it when asked', async () => {
    const fingerprint = await server.ensureImage();
    const name = server.uniqueName('boots');
    await server.run('POST', '/1.0/instances', { name, source: { type: 'image', fingerprint } });
    await server.run('PUT', `/1.0/instances/${name}/state`, { action: 'start' });
    expect(await server.read(`/1.0/instances/${name}`)).toMatchObject({ status: 'Running' });

    await server.run('PUT', `/1.0/instances/${name}/state`, { action: 'stop', timeout: 20 });
    expect(await server.read(`/1.0/instances/${name}`)).toMatchObject({ status: 'Stopped' });
  });

  it('makes an image of its own from a salt, and cleans it up', async () => {
    const salt = server.uniqueName('salt');
    const image = await buildTinyImage({ salt });
    expect(image.equals(await buildTinyImage({ salt }))).toBe(true);
    expect(image.equals(await buildTinyImage())).toBe(false);
    const { metadata } = await server.run<{ metadata: { fingerprint: string } }>(
      'POST',
      '/1.0/images',
      image,
    );
    const path = `/1.0/images/${metadata.fingerprint}`;
    expect(await server.read(path)).toMatchObject({ properties: { salt } });

    await server.cleanup();
    expect((await server.raw('GET', path)).status).toBe(404);
  });

  it('lets a client certificate in over HTTPS, and out again', async () => {
    const client = await makeCertificate({ commonName: 'harness' });
    const distrust = await server.trustClient(client.cert);
    expect(await auth(server, client)).toBe('trusted');
    await distrust();
    expect(await auth(server, client)).toBe('untrusted');
  });
});

it('refuses a busybox that needs libraries', async () => {
  await expect(buildTinyImage({ busybox: '/bin/ls' })).rejects.toThrow('apt-get install busybox-static');
  await expect(buildTinyImage({ busybox: '/nowhere' })).rejects.toThrow('apt-get install busybox-static');
});

function auth(server: RealServer, { cert, key }: MadeCertificate): Promise<string> {
  return new Promise((resolve, reject) => {
    const pinned = { ca: server.serverCert, checkServerIdentity: () => undefined };
    const call = request(`${server.httpsUrl}/1.0`, { cert, key, agent: false, ...pinned }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(JSON.parse(text).metadata.auth));
    });
    call.on('error', reject);
    call.end();
  });
}
