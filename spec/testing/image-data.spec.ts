import { NotFoundError } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { rejection } from '../resources/support.js';

describe.each(['lxd', 'incus'] as const)('what an instance has of its image on a fake %s', (product) => {
  it('is the image’s, edited by itself, kept by snapshots and copies', async () => {
    await using server = await FakeServer.start({ product });
    const client = server.client();
    const fingerprint = server.addImage({ properties: { os: 'busybox' } });
    const web = await client.instances.create({ name: 'web', source: { fingerprint } });
    expect((await web.metadata.get()).properties).toEqual({ os: 'busybox' });

    await web.templates.write('a b.tpl', 'name: {{ instance.name }}\n');
    await web.metadata.edit((metadata) => {
      metadata.templates = {
        '/etc/name': { when: ['create'], create_only: true, template: 'a b.tpl', properties: {} },
      };
    });
    await web.snapshots.create('before');
    const twin = await web.copy('twin');
    await web.templates.delete('a b.tpl');
    await web.metadata.put({ ...(await web.metadata.get()), properties: { os: 'none' } });

    expect(await twin.templates.read('a b.tpl')).toBe('name: {{ instance.name }}\n');
    expect(Object.keys((await twin.metadata.get()).templates!)).toEqual(['/etc/name']);
    await rejection(web.templates.read('a b.tpl'), NotFoundError);
    await web.restore('before');
    expect(await web.templates.names()).toEqual(['a b.tpl']);
    expect((await web.metadata.get()).properties).toEqual({ os: 'busybox' });
  });

  it('is nothing without an image', async () => {
    await using server = await FakeServer.start({ product });
    server.addInstance({ name: 'web' });
    const web = server.client().instances.ref('web');
    expect(await web.metadata.get()).toMatchObject({ architecture: '', properties: null });
    expect(await web.templates.names()).toEqual([]);
  });
});
