import { NotFoundError, SimpleStreams, InvalidInputError, type SimpleStreamsImage } from 'tslxd';
import { ImageServer, product, sha256 } from './image-server.js';

let server: ImageServer;
beforeEach(async () => {
  server = await ImageServer.start();
});
afterEach(() => server[Symbol.asyncDispose]());

const hash = (text: string) => sha256(Buffer.from(text));
const file = (ftype: string, more: object = {}) => ({ ftype, path: `images/${ftype}`, size: 10, ...more });

/** A version with a container twice and a virtual machine. */
function version(salt: string): object {
  const metadata = {
    size: 5,
    combined_squashfs_sha256: hash(`${salt} squashfs`),
    combined_rootxz_sha256: hash(`${salt} rootxz`),
    combined_sha256: hash(`${salt} old`),
    'combined_disk-kvm-img_sha256': hash(`${salt} vm`),
  };
  return {
    items: {
      'lxd.tar.xz': file('lxd.tar.xz', metadata),
      'incus.tar.xz': file('incus.tar.xz', metadata),
      'root.tar.xz': file('root.tar.xz', { size: 200 }),
      'root.squashfs': file('squashfs', { size: 100 }),
      'disk.qcow2': file('disk-kvm.img', { size: 300 }),
      'delta.vcdiff': file('squashfs.vcdiff', { delta_base: '20250101_00:00' }),
    },
  };
}

function listTwo(): void {
  server.list({
    'busy:two:amd64:default': product({
      aliases: 'busy/2,busy/two',
      release: 'two',
      release_title: 'Two',
      variant: 'default',
      support_eol: '2031-05-01',
      requirements: { secureboot: 'false' },
      versions: {
        '20260101_01:00': version('old'),
        '20260201_01:00': { ...version('new'), label: 'release' },
      },
    }),
    'busy:two:arm64:default': product({
      aliases: 'busy/2,busy/two',
      arch: 'arm64',
      release: 'two',
      variant: 'default',
      versions: { '20260102_01:00': version('arm') },
    }),
    'uni:one:i386': product({
      aliases: 'uni',
      arch: 'i386',
      os: 'Uni',
      versions: {
        '20250101': {
          items: {
            lxd: { ftype: 'lxd_combined.tar.gz', path: 'u/lxd.tar.gz', size: 7, sha256: hash('uni') },
            incus: {
              ftype: 'incus_combined.tar.gz',
              path: 'u/incus.tar.gz',
              size: 8,
              sha256: hash('uni incus'),
            },
          },
        },
      },
    }),
  });
}

const named = (images: SimpleStreamsImage[]) =>
  images.map(({ properties: { os, release, type }, architecture, serial }) =>
    [os, release, serial, architecture, type].join(' '),
  );

describe('lists', () => {
  beforeEach(listTwo);

  test('every image, the newest and the preferred first', async () => {
    const streams = new SimpleStreams(server.url);
    const images = await streams.all();
    expect(named(images)).toEqual([
      'Busy two 20260201_01:00 x86_64 squashfs',
      'Busy two 20260201_01:00 x86_64 root.tar.xz',
      'Busy two 20260201_01:00 x86_64 disk-kvm.img',
      'Busy two 20260102_01:00 aarch64 squashfs',
      'Busy two 20260102_01:00 aarch64 root.tar.xz',
      'Busy two 20260102_01:00 aarch64 disk-kvm.img',
      'Busy two 20260101_01:00 x86_64 squashfs',
      'Busy two 20260101_01:00 x86_64 root.tar.xz',
      'Busy two 20260101_01:00 x86_64 disk-kvm.img',
      'Uni one 20250101 i686 tar.gz',
      'Uni one 20250101 i686 tar.gz',
    ]);
    expect(images[0]).toMatchObject({
      fingerprint: hash('new squashfs'),
      type: 'container',
      architecture: 'x86_64',
      size: 105,
      serial: '20260201_01:00',
      createdAt: new Date('2026-02-01'),
      expiresAt: new Date('2031-05-01'),
      properties: {
        os: 'Busy',
        release: 'two',
        version: '1',
        variant: 'default',
        architecture: 'amd64',
        label: 'release',
        serial: '20260201_01:00',
        type: 'squashfs',
        description: 'Busy Two amd64 (release) (20260201_01:00)',
        'requirements.secureboot': 'false',
      },
      aliases: ['busy/2', 'busy/2/amd64', 'busy/two', 'busy/two/amd64'],
      products: ['lxd', 'incus'],
      server: server.url,
      files: [
        { role: 'metadata', url: `${server.url}/images/lxd.tar.xz`, size: 5, sha256: undefined },
        { role: 'rootfs', url: `${server.url}/images/squashfs`, size: 100, sha256: undefined },
      ],
    });
    expect(images[2]).toMatchObject({ type: 'virtual-machine', fingerprint: hash('new vm'), size: 305 });
    expect(images[6]!.aliases).toEqual([]);
    expect(images.slice(-2).map(({ products, expiresAt }) => [products, expiresAt])).toEqual([
      [['lxd'], null],
      [['incus'], null],
    ]);
    expect(JSON.parse(JSON.stringify(images[0]))).toMatchObject({ fingerprint: hash('new squashfs') });
  });

  test.each([
    ['an alias', { alias: 'uni' }, 1],
    ['an architecture by either name', { architecture: 'arm64' }, 3],
    ['a type', { type: 'virtual-machine' as const }, 3],
    ['properties', { os: 'Uni', release: 'one' }, 2],
    ['the newest of each', { newest: true, architecture: 'x86_64' }, 3],
    ['nothing that is there', { variant: 'cloud' }, 0],
    ['a function', (image: SimpleStreamsImage) => image.size > 300, 3],
  ])('are narrowed by %s', async (_, filter, count) => {
    expect(await new SimpleStreams(server.url).all({ filter })).toHaveLength(count);
  });

  test('of one product alone', async () => {
    const streams = new SimpleStreams(server.url, { product: 'incus' });
    expect((await streams.all({ filter: { os: 'Uni' } })).map(({ fingerprint }) => fingerprint)).toEqual([
      hash('uni incus'),
    ]);
    expect((await streams.getByAlias('uni')).products).toEqual(['incus']);
  });

  test('are read once, for all who ask', async () => {
    const streams = new SimpleStreams(server.url);
    await Promise.all([streams.all(), streams.aliases(), streams.get(hash('uni'))]);
    await streams.getByAlias('uni');
    expect(server.paths).toEqual(['streams/v1/index.json', 'streams/v1/images.json']);
    streams.refresh();
    await streams.all();
    expect(server.paths).toHaveLength(4);
    const always = new SimpleStreams(server.url, { cache: 0 });
    await always.all();
    await always.all();
    expect(server.paths).toHaveLength(8);
  });

  test('can be changed by nobody for the next who asks', async () => {
    const streams = new SimpleStreams(server.url);
    (await streams.all()).length = 0;
    (await streams.aliases())[0]!.target = 'nowhere';
    expect(await streams.all()).toHaveLength(11);
    expect((await streams.aliases())[0]!.target).toBe(hash('new squashfs'));
  });
});

describe('one image', () => {
  beforeEach(listTwo);

  test('by its fingerprint, or the beginning of it', async () => {
    const streams = new SimpleStreams(server.url);
    const fingerprint = hash('old rootxz');
    expect((await streams.get(fingerprint)).serial).toBe('20260101_01:00');
    expect((await streams.get(fingerprint.slice(0, 12).toUpperCase())).fingerprint).toBe(fingerprint);
    await expect(streams.get('0'.repeat(64))).rejects.toThrow(NotFoundError);
    await expect(streams.get('busy/2')).rejects.toThrow(/for a name use getByAlias/);
    const all = await streams.all();
    const digit = all
      .map(({ fingerprint: [first] }) => first!)
      .find((first, index, every) => every.indexOf(first) !== index);
    await expect(streams.get(digit!)).rejects.toThrow(/images begin with/);
  });

  test('by its alias: of this machine, and a container', async () => {
    const streams = new SimpleStreams(server.url);
    const of = async (name: string, choice = {}) => (await streams.getByAlias(name, choice)).fingerprint;
    expect(await of('busy/2', { architecture: 'amd64' })).toBe(hash('new squashfs'));
    expect(await of('busy/2/amd64')).toBe(hash('new squashfs'));
    expect(await of('busy/two', { architecture: 'aarch64' })).toBe(hash('arm squashfs'));
    expect(await of('busy/2/arm64', { type: 'virtual-machine' })).toBe(hash('arm vm'));
    expect(await of('uni')).toBe(hash('uni')); // the only one, though not of this machine
    expect(await streams.aliases()).toContainEqual({
      name: 'busy/2/arm64',
      type: 'virtual-machine',
      architecture: 'aarch64',
      target: hash('arm vm'),
    });
  });

  test('says what is there instead', async () => {
    const streams = new SimpleStreams(server.url);
    await expect(streams.getByAlias('busy/3')).rejects.toThrow(NotFoundError);
    await expect(streams.getByAlias('uni', { type: 'virtual-machine' })).rejects.toThrow(
      /no such image with the alias 'uni'; it is there as container i686/,
    );
    await expect(streams.getByAlias('uni', { architecture: 'pdp11' })).rejects.toThrow(InvalidInputError);
  });

  test("of several architectures, none of which is this machine's, is not guessed", async () => {
    const riscv = { items: { a: file('lxd_combined.tar.gz', { sha256: hash('riscv') }) } };
    const s390 = { items: { a: file('lxd_combined.tar.gz', { sha256: hash('s390') }) } };
    server.list({
      a: product({ arch: 'riscv64', aliases: 'rare', versions: { '20260101': riscv } }),
      b: product({ arch: 's390x', aliases: 'rare', versions: { '20260101': s390 } }),
    });
    const streams = new SimpleStreams(server.url);
    await expect(streams.getByAlias('rare')).rejects.toThrow(/'rare' is there for riscv64, s390x: pass/);
    expect((await streams.getByAlias('rare', { architecture: 's390x' })).fingerprint).toBe(hash('s390'));
  });

  test('tells LXD and Incus how to fetch it', async () => {
    const image = await new SimpleStreams(`${server.url}/`).getByAlias('busy/2/amd64');
    const common = { type: 'image', mode: 'pull', protocol: 'simplestreams', server: server.url };
    expect(image.source()).toEqual({ ...common, fingerprint: hash('new squashfs') });
    expect(image.source({ alias: 'busy/2' })).toEqual({
      ...common,
      alias: 'busy/2',
      image_type: 'container',
    });
    expect(() => image.source({ alias: 'uni' })).toThrow(/'uni' is no alias of image .*it has busy\/2/);
  });
});
