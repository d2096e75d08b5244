import type { ServerResponse } from 'node:http';
import { buildTinyImage } from '../../examples/support/tiny-image.js';
import { FakeServer } from '../../lib/testing/index.js';
import { smallParts } from '../support/small-image.js';
import { describeReal } from '../real/harness.js';
import { ImageServer, product as listed, sha256 } from '../resources/simplestreams/image-server.js';
import { makeCertificate } from '../support/certificates.js';
import { Pair } from './parity.js';
import { guest } from './guest.js';
import { lifecycleOf } from './lifecycle.js';
import { call, ended } from './support.js';

describeReal('the fake and the real server answer alike', (real) => {
  const { product } = real;
  let bytes: Buffer;
  let fingerprint: string;
  let path: string;
  let name: string;
  /** Where both fetch from. */
  let source: FakeServer;
  let fake: FakeServer;
  let pair: Pair;

  beforeAll(async () => {
    bytes = await buildTinyImage({ salt: real.uniqueName('salt') });
    fingerprint = sha256(bytes);
    path = `/1.0/images/${fingerprint}`;
    [source, fake] = (await Promise.all(
      [0, 1].map(() => FakeServer.start({ product, https: true, operationTime: 1 })),
    )) as [FakeServer, FakeServer];
    pair = new Pair(real.socketPath, fake.socketPath);
  });
  beforeEach(() => {
    source.reset();
    name = real.uniqueName('of-the-source');
    const properties = { os: 'busybox', salt: real.uniqueName('salt') };
    source.addImage({ data: bytes, properties, public: true, aliases: [name], filename: 'its name' });
  });
  afterEach(() => pair.quietly('DELETE', path));
  afterAll(async () => {
    await source.close();
    await fake.close();
  });

  const remote = () => {
    const { endpoint: server, serverCert: certificate } = source.endpoint;
    return { type: 'image', mode: 'pull', server, certificate, protocol: product };
  };
  const own = (header: string) => `${product === 'lxd' ? 'X-LXD-' : 'X-Incus-'}${header}`;
  const upload = { [own('public')]: '1', [own('filename')]: 'its name' };
  const pull = (more: object, rest: object = {}) =>
    pair.same('POST', '/1.0/images', { source: { ...remote(), ...more }, ...rest });
  /** One for each of the two, and never the same. */
  const secrets = async () => [await secretOf(`${path}/secret`), await secretOf(`${path}/secret`)] as const;
  const secretOf = async (at: string, server = source, body?: object): Promise<string> =>
    (await call(server.socketPath, 'POST', at, body)).body.metadata.metadata.secret;
  const hide = () => call(source.socketPath, 'PATCH', path, { public: false });

  /** The image is the same on both. */
  const sameImage = async (at = path, isPushed = false) => {
    const [theirs, ours] = await Promise.all(
      [real.socketPath, fake.socketPath].map(async (server) => {
        const image = (await call(server, 'GET', at)).body.metadata as Record<string, string>;
        const { uploaded_at: _, last_used_at: used, created_at: created, ...rest } = image;
        // Of what is pushed only the archive says it, which the fake does not read.
        const made = isPushed ? '' : created?.replace(/0+Z$/, 'Z');
        return { ...rest, made, isUsed: !used?.startsWith('0001') };
      }),
    );
    expect(ours).toEqual(theirs);
  };
  /** Both do it, and tell the same of the image; Incus in any order, so that an alias comes and goes at the end. */
  const sameEvents = async (at: string, body: object | undefined, target: string) => {
    const last = { name: `last-${fingerprint}`, target };
    const [theirs, ours] = [real.socketPath, fake.socketPath].map(
      (socketPath) => async () =>
        lifecycleOf(socketPath, fingerprint, 'image-alias-deleted', async () => {
          await ended(socketPath, await call(socketPath, 'POST', at, body));
          await call(socketPath, 'POST', '/1.0/images/aliases', last);
          await call(socketPath, 'DELETE', `/1.0/images/aliases/${last.name}`);
        }),
    );
    expect((await ours!()).sort()).toEqual((await theirs!()).sort());
  };

  it('about images that are pulled', async () => {
    const aliases = [{ name: real.uniqueName('mine'), description: 'a' }];
    const profiles: string[] = [];
    for (const [more, rest] of [
      [{ fingerprint }],
      [{ fingerprint: fingerprint.slice(0, 12) }, { auto_update: true }],
      [{ alias: name, protocol: undefined }, { auto_update: true }],
      [{ alias: name, fingerprint, mode: 'other' }, { public: true }],
      [{ alias: name, image_type: 'container' }, { properties: { more: '1' } }],
      [{ alias: name }, { filename: 'mine', expires_at: '2042-01-01T00:00:00Z' }],
      [{ alias: name }, { profiles }],
      [{ alias: name }, { profiles: ['no-such-profile'] }],
      [{ fingerprint, image_type: 'virtual-machine' }, { aliases }],
    ] as const) {
      await pull(more, rest);
      await sameImage();
      await pull({ alias: name });
      await pull({ alias: name }, { properties: { again: '1' }, aliases });
      await sameImage();
      await pair.same('DELETE', path);
    }
    const named = [{ name: `${name}-${fingerprint}`, description: '' }];
    const body = { source: { ...remote(), alias: name }, aliases: named };
    await sameEvents('/1.0/images', body, fingerprint);
  });

  it('about images of the other product, and of another project', async () => {
    await using other = await FakeServer.start({
      product: product === 'lxd' ? 'incus' : 'lxd',
      ...{ https: true, operationTime: 1 },
    });
    const properties = { salt: real.uniqueName('salt') };
    other.addImage({ data: bytes, public: true, aliases: [name], properties });
    const { endpoint: server, serverCert: certificate } = other.endpoint;
    await pull({ server, certificate, alias: name }, { auto_update: true });
    await sameImage();
    const project = real.uniqueName('project');
    await real.run('POST', '/1.0/projects', { name: project, config: { 'features.images': 'true' } });
    fake.addProject(project);
    const there = `?project=${project}`;
    try {
      for (const more of [{ fingerprint }, { alias: name }]) {
        await pair.same('POST', `/1.0/images${there}`, { source: { ...remote(), ...more } });
        await sameImage(path + there);
        const [theirs, ours] = await Promise.all(
          [real.socketPath, fake.socketPath].map(async (socketPath) => {
            const { body } = await call(socketPath, 'POST', `${path}/secret${there}`);
            await call(socketPath, 'DELETE', body.operation ?? '');
            return body.metadata.resources as unknown;
          }),
        );
        expect(ours).toEqual(theirs);
        await pair.same('DELETE', path + there);
      }
    } finally {
      await pair.quietly('DELETE', path + there);
      await real.run('DELETE', `/1.0/projects/${project}`);
    }
  });

  it('about images that cannot be pulled', async () => {
    const { certificate } = { certificate: (await makeCertificate({ commonName: 'other' })).cert };
    for (const more of [
      { alias: 'no-such-image' },
      { fingerprint: 'abcdef' },
      {},
      { alias: name, certificate: '' },
      { alias: name, certificate },
      { alias: name, certificate: 'nonsense' },
      { alias: name, server: 'https://127.0.0.1:1' },
      { alias: name, server: 'nonsense' },
      { alias: name, protocol: 'zoo' },
      { alias: name, protocol: product === 'lxd' ? 'incus' : 'lxd' },
      { alias: name, protocol: 'simplestreams' },
      { fingerprint, project: 'no-such-project' },
      { alias: name, image_type: 'virtual-machine' },
    ]) {
      await pull(more);
      await pair.quietly('DELETE', path);
    }
    const ofWeb = await makeCertificate({ commonName: 'web', altNames: ['127.0.0.1'] });
    await using web = await ImageServer.start(ofWeb);
    for (const page of ['<h1>no</h1>', { no: 'envelope' }, '']) {
      web.tree.set('1.0', page);
      await pull({ alias: name, server: web.url, certificate: ofWeb.cert });
    }
  });

  it('about private images', async () => {
    await hide();
    await pull({ fingerprint });
    await pull({ alias: name });
    await pull({ fingerprint, secret: 'wrong' });
    for (const named of [{ alias: name }, { fingerprint }, { fingerprint: fingerprint.slice(0, 12) }]) {
      const [first, second] = await secrets();
      const body = (secret: string) => ({ source: { ...remote(), ...named, secret }, auto_update: true });
      await pair.same('POST', '/1.0/images', [body(first), body(second)]);
      if ('fingerprint' in named) await sameImage();
      await pair.quietly('DELETE', path);
    }
  });

  it('about refreshed images', async () => {
    const aliases = [{ name: real.uniqueName('kept'), description: '' }];
    const more = await buildTinyImage({ salt: real.uniqueName('salt') });
    const newer = source.addImage({ data: more, public: true, properties: { salt: real.uniqueName('s') } });
    const move = (target: string) =>
      call(source.socketPath, 'PUT', `/1.0/images/aliases/${encodeURIComponent(name)}`, { target });
    await pull({ alias: name }, { aliases, public: true, filename: 'mine', properties: { mine: '1' } });
    const refresh = (at = path) => pair.same('POST', `${at}/refresh`);
    await refresh();
    await move(newer);
    await sameEvents(`${path}/refresh`, undefined, newer);
    await pair.same('GET', path);
    await sameImage(`/1.0/images/${newer}`);
    await hide();
    await move(fingerprint);
    await refresh(`/1.0/images/${newer}`);
    await pair.same('DELETE', `/1.0/images/${newer}`);
  });

  it('about instances of images of other servers', async () => {
    const instance = real.uniqueName('of-remote');
    const devices = { root: { type: 'disk', path: '/', pool: 'default' } };
    const make = async (more: object, rest: object = {}) => {
      const body = { name: instance, devices, source: { ...remote(), ...more }, ...rest };
      await pair.same('POST', '/1.0/instances', body);
      await pair.same('GET', `/1.0/instances/${instance}`);
      await pair.quietly('DELETE', `/1.0/instances/${instance}`);
    };
    for (const more of [{ fingerprint }, { fingerprint: fingerprint.slice(0, 12) }, { alias: name }]) {
      await make(more);
      await sameImage();
      await make(more);
      await make({ ...more, server: 'https://127.0.0.1:1' });
      await pull({ alias: name });
      await sameImage();
      await pair.same('DELETE', path);
    }
    for (const more of [
      {},
      { properties: { os: 'busybox' } },
      { alias: 'no-such-image' },
      { fingerprint: 'abcdef' },
      { alias: name, protocol: 'zoo' },
      { alias: name, certificate: '' },
    ])
      await make(more);
    await make({ alias: name }, { type: 'virtual-machine' });
    await make({ fingerprint }, { type: 'virtual-machine' });
    await sameImage();
    const machine = {
      name: instance,
      devices,
      type: 'virtual-machine',
      source: { type: 'image', fingerprint },
    };
    await pair.same('POST', '/1.0/instances', machine);
    await pair.same('DELETE', path);
    if (product === 'lxd') return;
    await pair.same('POST', '/1.0/instances', { name: instance, devices, source: { type: 'none' } });
    for (const more of [{ alias: name }, { fingerprint }, { alias: 'no-such-image' }, {}])
      await pair.same('POST', `/1.0/instances/${instance}/rebuild`, { source: { ...remote(), ...more } });
    await sameImage();
    await pair.same('GET', `/1.0/instances/${instance}`);
    await call(source.socketPath, 'DELETE', path);
    const parts = { ...smallParts('a disk'), type: 'virtual-machine' } as const;
    const disk = await source.client().images.create(parts, { public: true });
    const unfit = { source: { ...remote(), fingerprint: disk.fingerprint } };
    await pair.same('POST', `/1.0/instances/${instance}/rebuild`, unfit);
    await pair.quietly('DELETE', `/1.0/images/${disk.fingerprint}`);
    await pair.same('DELETE', `/1.0/instances/${instance}`);
  });

  it('about images at URLs', async () => {
    await using web = await ImageServer.start();
    const page = (hash: string, url: string) => (_: unknown, response: ServerResponse) => {
      for (const [header, value] of Object.entries({ Hash: hash, URL: url })) {
        if (value) response.setHeader(`LXD-Image-${header}`, value).setHeader(`Incus-Image-${header}`, value);
      }
      response.end();
    };
    web.tree.set('file', bytes);
    web.tree.set('right', page(fingerprint, `${web.url}/file`));
    web.tree.set('wrong', page('f'.repeat(64), `${web.url}/file`));
    web.tree.set('gone', page(fingerprint, `${web.url}/none`));
    web.tree.set('without-hash', page('', `${web.url}/file`));
    web.tree.set('without-url', page(fingerprint, ''));
    for (const leaf of ['wrong', 'gone', 'without-hash', 'without-url', 'none'])
      await pair.same('POST', '/1.0/images', { source: { type: 'url', url: `${web.url}/${leaf}` } });
    for (const url of ['', 'nonsense', 'http://127.0.0.1:1/', source.endpoint.endpoint])
      await pair.same('POST', '/1.0/images', { source: { type: 'url', url } });
    const right = { source: { type: 'url', url: `${web.url}/right` }, auto_update: true };
    await pair.same('POST', '/1.0/images', right);
    await pair.same('POST', '/1.0/images', right);
    await pair.same('POST', `${path}/refresh`);
  });

  it('about image servers', async () => {
    const certificate = await makeCertificate({ commonName: 'images', altNames: ['127.0.0.1'] });
    await using web = await ImageServer.start(certificate);
    const item = (ftype: string) => web.file('image.tar.gz', bytes, ftype);
    const items = { lxd: item('lxd_combined.tar.gz'), incus: item('incus_combined.tar.gz') };
    const alias = 'busy/one';
    web.list({ one: listed({ aliases: alias, versions: { '20260101_01:00': { items } } }) });
    const streams = { protocol: 'simplestreams', server: web.url, certificate: certificate.cert };
    for (const more of [{ alias }, { fingerprint }, { fingerprint: fingerprint.slice(0, 12) }]) {
      await pull({ ...streams, ...more }, { auto_update: true });
      await sameImage();
      await pair.same('POST', `${path}/refresh`);
      await pair.same('DELETE', path);
    }
    await pull({ ...streams, alias: 'none' });
    await pull({ ...streams, fingerprint: 'abcdef' });
    await pull({ ...streams, server: 'https://127.0.0.1:1', alias });
    web.tree.set('image.tar.gz', Buffer.from('other'));
    await pull({ ...streams, alias });
    web.tree.delete('image.tar.gz');
    await pull({ ...streams, alias });
  });

  it('about images that are pushed', async () => {
    const target = (server: { httpsUrl: string; serverCert: string }) => ({
      target: server.httpsUrl,
      certificate: server.serverCert,
    });
    const { endpoint, serverCert } = fake.endpoint;
    const targets = [target(real), target({ httpsUrl: endpoint, serverCert })];
    const servers = [real.socketPath, fake.socketPath];
    /** Offers it on both, has the source push it to both, and compares what both say. */
    const push = async (offered: string, more: object = {}) => {
      const ends = [];
      for (const [index, socketPath] of servers.entries()) {
        const offer = await call(socketPath, 'POST', '/1.0/images', {
          source: { type: 'image', mode: 'push', fingerprint: offered },
          ...more,
        });
        const { metadata, resources, class: kind, may_cancel: mayCancel } = offer.body.metadata;
        const body = { ...targets[index], secret: metadata.secret };
        const pushed = await call(source.socketPath, 'POST', `${path}/export`, body);
        await call(source.socketPath, 'GET', `${pushed.body.operation}/wait`);
        const { err } = (await call(source.socketPath, 'GET', pushed.body.operation!)).body.metadata;
        const { status } = (await call(socketPath, 'GET', offer.body.operation!)).body.metadata;
        await call(socketPath, 'DELETE', offer.body.operation!);
        ends.push({ err, status, ...{ resources, kind, mayCancel }, metadata: { ...metadata, secret: '' } });
      }
      expect(ends[1]).toEqual(ends[0]);
    };
    const properties = { salt: real.uniqueName('salt') };
    const aliases = [{ name: real.uniqueName('pushed'), description: '' }];
    await push(fingerprint, { properties, aliases, public: true, expires_at: '2042-01-01T00:00:00Z' });
    await sameImage(path, true);
    await push(fingerprint);
    await pair.same('DELETE', path);
    await push(fingerprint.slice(0, 12));
    await push('f'.repeat(64));
    // And the other way round: both push to fakes.
    await pair.same('POST', '/1.0/images', bytes, upload);
    await using other = await FakeServer.start({ product, https: true, operationTime: 1 });
    const sinks = [source, other];
    source.reset();
    const offer = { source: { type: 'image', mode: 'push', fingerprint } };
    const export_ = async (given: object = {}) => {
      const bodies = [];
      for (const sink of sinks) {
        const { endpoint: httpsUrl, serverCert } = sink.endpoint;
        const secret = await secretOf('/1.0/images', sink, offer);
        bodies.push({ ...target({ httpsUrl, serverCert }), secret, ...given });
      }
      await pair.same('POST', `${path}/export`, bodies);
    };
    await export_();
    const [theirs, ours] = await Promise.all(sinks.map((sink) => sink.client().images.get(fingerprint)));
    expect([ours!.filename, ours!.size, ours!.type]).toEqual([theirs!.filename, theirs!.size, theirs!.type]);
    await export_();
    await export_({ secret: 'wrong' });
    await export_({ secret: undefined });
    await pair.same('POST', `${path}/export`, { target: 'https://127.0.0.1:1' });
    await pair.same('POST', `${path}/export`, { target: source.endpoint.endpoint });
    await pair.same('POST', `${path}/export`, {});
    await pair.same('POST', '/1.0/images/abcdef/export', {});
  });

  it('about guests', async () => {
    const alias = real.uniqueName('for-guests');
    await pair.same('POST', '/1.0/images', bytes, upload);
    await pair.same('POST', '/1.0/images/aliases', { name: alias, target: fingerprint });
    const both = [real.httpsUrl, fake.endpoint.endpoint];
    const ask = async (method: string, at: string) => {
      const [theirs, ours] = await Promise.all(both.map((url) => guest(url + at, method)));
      expect([method, at, ours]).toEqual([method, at, theirs]);
    };
    const short = path.slice(0, -40);
    for (const isPublic of [true, false]) {
      await pair.same('PATCH', path, { public: isPublic });
      for (const at of [path, short, `${path}/export`, `${path}?project=no-such`, `${path}?secret=wrong`])
        await ask('GET', at);
      await ask('GET', `/1.0/images/aliases/${alias}`);
    }
    for (const at of ['/1.0/images/abcdef', '/1.0/images/aliases/nope', '/1.0/images?project=no-such'])
      await ask('GET', at);
    for (const at of ['/1.0/images/aliases', '/1.0/images/aliases/nope?project=no-such', '/1.0/operations'])
      await ask('GET', at);
    for (const at of ['/1.0/images', `${path}/secret`, `${path}/export`, `${path}/refresh`])
      await ask('POST', at);
    await ask('GET', '/1.0/operations/no-such/wait?secret=wrong');
  });
});
