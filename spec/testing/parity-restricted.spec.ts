import { describeHttpsPair, type Stranger } from './https-pair.js';
import type { Answer } from './support.js';

const isBad = '{bad';

describeHttpsPair(
  'what a restricted certificate may do, on the fake and the real server',
  (pair, product) => {
    const projects = ['mine', 'other', 'shared', 'default', 'nope'];
    const features = product === 'lxd' ? ['images', 'profiles'] : ['images', 'profiles', 'storage.volumes'];
    let guest: Stranger;
    let images: [string, string];

    beforeAll(async () => {
      const make = (path: string, body: object) => pair.admin.send('POST', path, body);
      for (const name of ['mine', 'other']) await make('/1.0/projects', { name });
      const config = Object.fromEntries(features.map((feature) => [`features.${feature}`, 'false']));
      await make('/1.0/projects', { name: 'shared', config });
      for (const project of ['mine', 'other', 'default']) {
        await make(`/1.0/profiles?project=${project}`, { name: 'p' });
        await make(`/1.0/storage-pools/default/volumes/custom?project=${project}`, { name: 'v', config: {} });
      }
      await make('/1.0/network-acls', { name: 'acl' });
      images = await pair.makeImages();
      guest = pair.stranger();
      const { certificate } = guest;
      const restricted = { restricted: true, projects: ['mine', 'shared'] };
      await make('/1.0/certificates', { type: 'client', name: 'restricted', certificate, ...restricted });
    }, 60_000);

    const scopes = [...projects.map((name) => `project=${name}`), 'all-projects=true'];
    const lists = [
      ...['instances', 'profiles', 'projects', 'network-acls', 'images/aliases', 'storage-pools'],
      ...['storage-pools/default/volumes', 'storage-pools/default/volumes/custom', 'warnings'],
    ];
    it.each(lists.flatMap((list) => scopes.map((scope) => [`/1.0/${list}?${scope}`])))(
      'is shown %s',
      async (path) => {
        const [real, fake] = await guest.send('GET', path);
        pair.alike([real, fake], path);
        const has = ({ body: { metadata } }: Answer) =>
          Array.isArray(metadata) ? metadata.sort() : metadata;
        expect({ path, has: has(fake) }).toEqual({ path, has: has(real) });
      },
    );

    // What is on them is not the same on both.
    const others = [
      ...['networks', 'images', 'network-zones', 'resources', 'cluster', 'events', 'certificates'],
      ...(product === 'incus'
        ? ['network-integrations', 'network-allocations', 'storage-pools/default/buckets']
        : []),
    ];
    it.each(others.flatMap((list) => scopes.map((scope) => [`/1.0/${list}?${scope}`])))(
      'is answered to GET %s',
      async (path) => {
        await guest.same('GET', path);
      },
    );

    it.each(scopes)('is shown metrics of %s', async (scope) => {
      const [real, fake] = await guest.send('GET', `/1.0/metrics?${scope}`);
      expect([fake.status, fake.body.error]).toEqual([real.status, real.body.error]);
    });

    const things = [
      ...['instances/x', 'instances/x/state', 'profiles/p', 'profiles/x', 'networks/lo', 'networks/x'],
      ...[
        'network-acls/acl',
        'network-acls/x',
        'network-zones/x',
        'images/aliases/tslxd-busybox',
        'images/aliases/x',
      ],
      ...['images/x', 'storage-pools/default/volumes/custom/v', 'storage-pools/default/volumes/custom/x'],
      ...(product === 'incus' ? ['network-integrations/x', 'storage-pools/default/buckets/x'] : []),
    ];
    it.each(things.flatMap((thing) => projects.map((name) => [`/1.0/${thing}?project=${name}`])))(
      'can read and write %s',
      async (path) => {
        await guest.same('GET', path);
        // Where a body is read before anybody looks for the thing, a bad one would say nothing.
        const body = /aliases|buckets/.test(path) ? {} : isBad;
        if (!path.includes('/state')) await guest.same('PATCH', path, body);
      },
    );

    it.each(projects)('can see the image of %s', async (project) => {
      const path = (index: 0 | 1) => `/1.0/images/${images[index]}?project=${project}`;
      await guest.same('GET', path);
      await guest.same('PATCH', path, isBad);
    });

    const ofServer = [
      '',
      '/storage-pools/default',
      '/storage-pools/x',
      '/projects/mine',
      '/projects/other',
      '/projects/nope',
    ];
    const below = [
      '/projects/mine/state',
      '/projects/other/state',
      '/warnings/x',
      '/cluster',
      '/operations/x',
      '/certificates/zz',
    ];
    it.each([...ofServer, ...below])('can do with /1.0%s', async (path) => {
      for (const method of ['PUT', 'PATCH', 'POST', 'DELETE']) {
        const body = method === 'DELETE' ? undefined : isBad;
        await guest.same(method, `/1.0${path}`, body);
      }
      if (path) await guest.same('GET', `/1.0${path}`);
    });

    const posts = [
      ...[
        'instances',
        'images',
        'images/aliases',
        'profiles',
        'networks',
        'network-acls',
        'network-zones',
        'projects',
      ],
      ...[
        'storage-pools',
        'storage-pools/default/volumes',
        'storage-pools/default/volumes/custom',
        'certificates',
      ],
      ...[
        'instances/x/exec',
        'instances/x/snapshots',
        'images/x/secret',
        'images/x/refresh',
        'images/x/export',
      ],
      ...(product === 'incus' ? ['storage-pools/default/buckets', 'network-integrations'] : []),
    ];
    it.each(posts.flatMap((list) => projects.map((name) => [`/1.0/${list}?project=${name}`])))(
      'is answered to POST %s',
      async (path) => {
        await guest.same('POST', path, isBad);
      },
    );

    it.each(['', '?type=logging', '?type=lifecycle', '?type=nope', '?project=mine&all-projects=true'])(
      'is answered to GET /1.0/events%s',
      async (query) => {
        await guest.same('GET', `/1.0/events${query || '?project=mine'}`);
        await pair.admin.same('GET', `/1.0/events${query}`);
      },
    );

    it.each(scopes)('is shown who waits for a guest, in the operations of %s', async (scope) => {
      const token = { type: 'client', name: 'x', token: true };
      const made = await pair.admin.send('POST', '/1.0/certificates', token);
      const at = (index: 0 | 1) => made[index].body.operation!;
      const answers = await guest.send('GET', `/1.0/operations?${scope}`);
      const [real, fake] = answers.map(({ body }, index) =>
        ((body.metadata.running ?? []) as string[]).includes(at(index as 0 | 1)),
      );
      expect(fake).toBe(real);
      await guest.same('GET', at);
      await guest.same('DELETE', at);
    });

    it('can change nothing of a certificate but what it is', async () => {
      const rest = { type: 'client', name: 'restricted', restricted: true, projects: ['mine', 'shared'] };
      await guest.same('PATCH', guest.at, {});
      for (const more of [{ name: 'x' }, { restricted: false }, { projects: [] }]) {
        await guest.same('PATCH', guest.at, more);
        await guest.same('PUT', guest.at, { ...rest, ...more });
      }
      await guest.same('PUT', guest.at, {});
      await guest.same('PUT', guest.at, rest);
      await guest.same('DELETE', guest.at);
      const { certificate } = pair.stranger();
      const client = { type: 'client', name: 'x' };
      for (const body of [client, { ...client, certificate }, { ...client, token: true }])
        await guest.same('POST', '/1.0/certificates', body);
    });

    it('works in its project', async () => {
      const at = '?project=mine';
      await guest.same('POST', `/1.0/profiles${at}`, { name: 'new' });
      await guest.same('PUT', `/1.0/profiles/new${at}`, { description: 'd' });
      await guest.same('GET', `/1.0/profiles/new${at}`);
      await guest.same('POST', `/1.0/profiles/new${at}`, { name: 'newer' });
      await guest.same('DELETE', `/1.0/profiles/newer${at}`);
      await guest.same('GET', '/1.0/projects/mine');
      await guest.same('GET', '/1.0/projects/mine/state');
    });
  },
);
