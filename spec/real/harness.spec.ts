import { X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { createIdentity } from 'tslxd';
import { buildTinyImage } from '../../examples/support/tiny-image.js';
import { makeCertificate, type MadeCertificate } from '../support/certificates.js';
import { describeReal, type RealServer } from './harness.js';
import { warnOn } from './warn.js';

describeReal('the harness', (server) => {
  it('creates, lists and cleans up an instance', async () => {
    const name = server.uniqueName('none');
    await server.run('POST', '/1.0/instances', { name, source: { type: 'none' } });
    expect(await server.read('/1.0/instances')).toContain(`/1.0/instances/${name}`);

    await server.cleanup();
    expect((await server.raw('GET', `/1.0/instances/${name}`)).status).toBe(404);
  });

  it('cleans up one of each kind, what is used by another too', async () => {
    const name = (label: string) => server.uniqueName(label);
    const made: string[] = [];
    const make = async (list: string, body: { name: string; [key: string]: unknown }) => {
      await server.run('POST', `/1.0/${list}`, body);
      made.push(`/1.0/${list}/${body.name}`);
      return body.name;
    };
    const volumes = (of: string) => `storage-pools/${of}/volumes/custom`;
    const acl = await make('network-acls', { name: name('acl') });
    const user = { name: name('acl'), ingress: [{ action: 'allow', state: 'enabled', source: acl }] };
    await make('network-acls', user);
    const zone = await make('network-zones', { name: `${name('zone')}.example` });
    await make(`network-zones/${zone}/records`, { name: name('www') });
    const none = { 'ipv4.address': 'none', 'ipv6.address': 'none' };
    const used = { ...none, 'dns.zone.forward': zone, 'security.acls': acl };
    await make('networks', { name: server.uniqueNetwork(), config: used });
    const pool = await make('storage-pools', { name: name('pool'), driver: 'dir' });
    await make(volumes(pool), { name: 'any' });
    const volume = await make(volumes('default'), { name: name('volume') });
    await make(`${volumes('default')}/${volume}/snapshots`, { name: 'first' });
    const device = { type: 'disk', pool: 'default', source: volume, path: '/data' };
    await make('profiles', { name: name('profile'), devices: { data: device } });
    const far = { name: name('far'), type: 'ovn' };
    if (server.product === 'incus') await make('network-integrations', far);
    const { clientCert, fingerprint } = createIdentity({ name: name('cn') });
    const certificate = new X509Certificate(clientCert).raw.toString('base64');
    await server.run('POST', '/1.0/certificates', { type: 'client', name: 'harness', certificate });
    const warning = await warnOn(server, name('warning'));
    made.push(`/1.0/certificates/${fingerprint}`, `/1.0/warnings/${warning}`);

    await server.cleanup();
    const left = await Promise.all(made.map(async (path) => [path, (await server.raw('GET', path)).status]));
    expect(left).toEqual(made.map((path) => [path, 404]));
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
