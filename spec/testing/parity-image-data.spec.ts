import { buildTinyImage } from '../../examples/support/tiny-image.js';
import { useClient } from '../real/client.js';
import { describePair } from './parity.js';

describePair((servers) => {
  const { real } = servers;
  const { client } = useClient(real);
  let name: string;
  let path: string;

  beforeAll(async () => {
    name = real.uniqueName('parity');
    path = `/1.0/instances/${name}`;
    // By whose property it is found, whatever other images of busybox there are.
    const image = await client.images.create(await buildTinyImage({ properties: { variant: name } }));
    const local = servers.fake.addImage({ properties: image.properties });
    await servers.fake.client().instances.create({ name, source: { fingerprint: local } });
    await client.instances.create({ name, source: { fingerprint: image.fingerprint } });
  });
  afterAll(async () => {
    await servers.pair.quietly('DELETE', path);
  });

  it('about metadata', async () => {
    const { pair } = servers;
    await pair.same('GET', `${path}/metadata`);
    await pair.same('GET', '/1.0/instances/nope/metadata');
    for (const body of ['{bad', '', '[]', { architecture: 1 }, { templates: 1 }, { templates: { a: 1 } }])
      await pair.same('PUT', `${path}/metadata`, body);
    await pair.same('PATCH', `${path}/metadata`, { properties: { a: '1' } }, { 'If-Match': '"x"' });
    await pair.sameETag('PATCH', `${path}/metadata`);
    for (const properties of [{ a: '1' }, { b: '2' }]) {
      await pair.same('PATCH', `${path}/metadata`, { properties });
      await pair.same('GET', `${path}/metadata`);
    }
    const template = { when: ['start'], template: 'a.tpl' };
    await pair.same('PUT', `${path}/metadata`, { templates: { '/etc/a': template } }, { 'If-Match': '"x"' });
    await pair.same('GET', `${path}/metadata`);
    await pair.same('PUT', `${path}/metadata`, {});
    await pair.same('GET', `${path}/metadata`);
  });

  it('about templates', async () => {
    const { pair } = servers;
    const templates = `${path}/metadata/templates`;
    await pair.same('GET', templates);
    await pair.same('GET', '/1.0/instances/nope/metadata/templates');
    for (const query of ['', '?path=', '?path=no.tpl', '?path=..%2Fx', '?path=a%2Fb.tpl']) {
      for (const method of ['GET', 'DELETE']) await pair.same(method, templates + query);
      if (!query.includes('no.tpl')) await pair.same('POST', templates + query, 'text');
    }
    for (const name of ['b.tpl', 'a%20b.tpl']) await pair.same('POST', `${templates}?path=${name}`, 'text');
    await pair.same('GET', templates);
    await pair.same('GET', `${templates}?path=b.tpl`);
    await pair.same('DELETE', `${templates}?path=b.tpl`);
    await pair.same('GET', `${templates}?path=b.tpl`);
  });

  it('about rebuilds', async () => {
    const { pair } = servers;
    const rebuild = (source: object | string) => pair.same('POST', `${path}/rebuild`, { source });
    for (const source of [
      {},
      { type: 'copy' },
      { type: 'image' },
      { fingerprint: 'abc' },
      { alias: 'tslxd-nope' },
    ]) {
      await rebuild(source);
    }
    for (const body of ['{bad', '', '[]', { source: 1 }]) await pair.same('POST', `${path}/rebuild`, body);
    await pair.same('POST', '/1.0/instances/nope/rebuild', { source: { type: 'none' } });
    await rebuild({ type: 'none' });
    await pair.same('GET', path);
    await rebuild({ type: 'image', properties: { variant: name } });
    await pair.same('GET', path);
    await pair.same('GET', `${path}/metadata`);
    await pair.same('PUT', `${path}/state`, { action: 'start' });
    await rebuild({ type: 'none' });
    await pair.same('PUT', `${path}/state`, { action: 'stop', force: true });
  });
});
