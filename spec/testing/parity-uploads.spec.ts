import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { tar, type TarEntry } from '../../examples/support/tar.js';
import { describing, smallImage, type About } from '../support/small-image.js';
import { describePair, outcome, plain } from './parity.js';
import { call, ended } from './support.js';

const note = { note: randomUUID() };
const root: TarEntry[] = [{ path: 'rootfs/' }, { path: 'rootfs/etc/note', content: 'x' }];
const about = (given: About, more = root): Buffer =>
  gzipSync(tar([describing({ properties: note, ...given }), ...more]));
const yaml = (content: string): Buffer => gzipSync(tar([{ path: 'metadata.yaml', content }, ...root]));

const archives: Record<string, Buffer> = {
  'in gzip': about({}),
  'not compressed': smallImage('x', { properties: note }),
  'whose root file system comes first': gzipSync(tar([...root, describing({ properties: note })])),
  'with the paths of `tar .`': gzipSync(
    tar([
      { ...describing({ properties: note }), path: './metadata.yaml' },
      { path: './rootfs/' },
      { path: './rootfs/a', content: '' },
    ]),
  ),
  'of a virtual machine': about({}, [{ path: 'rootfs.img', content: 'x' }]),
  'without a root file system': about({}, []),
  'that nothing describes': gzipSync(tar(root)),
  'of no architecture': about({ architecture: '' }),
  'of another architecture': about({ architecture: 'zx81' }),
  'of an architecture by its other name': about({ architecture: 'amd64' }),
  'without a date': about({ creation_date: 0 }),
  'of a date that is none': about({ creation_date: 'yesterday afternoon' }),
  'with an expiry': about({ expiry_date: 1_900_000_000 }),
  'without properties': yaml(`architecture: x86_64\ncreation_date: 1\n# ${note.note}\n`),
  'of properties that are no texts': about({
    properties: { ...note, a: 1, b: true, c: '', d: null, e: 0.5 },
  }),
  'of a list of properties': about({ properties: ['a'] }),
  'of lists where numbers belong': about({ creation_date: [1], expiry_date: {}, architecture: [] }),
  'with templates': about({ templates: { '/etc/a': { when: ['create'], template: 'a.tpl' } } }, [
    ...root,
    { path: 'templates/a.tpl', content: 'a' },
  ]),
  'described by nothing': yaml(''),
  'described by a list': yaml('[1]'),
  'described by a word': yaml('hello'),
  'that breaks off': about({}).subarray(0, 60),
  'of something else in gzip': gzipSync('hello'),
  'of much else in gzip': gzipSync(Buffer.alloc(2000, 'hello')),
  'of nothing in gzip': gzipSync(''),
  'of garbage': Buffer.from('garbage'),
  'of much garbage': Buffer.alloc(100_000, 'garbage'),
  'of nothing': Buffer.alloc(0),
};

const types = [
  undefined,
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/json',
  'application/json; charset=utf-8',
  'multipart/form-data',
  'multipart/form-data; boundary=X',
  'application/octet-stream',
];
const bodies = {
  'an image': about({}),
  'a request': '{"source": {"type": "nope"}}',
  'a request of wrong types': '{"source": {"type": 1}}',
  'a list in JSON': '[]',
  'a text in JSON': '"x"',
  blanks: '  \n',
  nothing: '',
};

describePair((servers) => {
  const upload = async (socket: string, body: Buffer | string, type: string | undefined) => {
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    const answer = await call(socket, 'POST', '/1.0/images', body, headers, type === undefined);
    const end = answer.body.operation ? await ended(socket, answer) : undefined;
    const path = `/1.0/images/${String(end?.metadata?.fingerprint)}`;
    const image = end?.status_code === 200 ? (await call(socket, 'GET', path)).body.metadata : undefined;
    if (image) await ended(socket, await call(socket, 'DELETE', path));
    const { uploaded_at: _, ...seen } = { ...image } as Record<string, unknown>;
    return { status: answer.status, error: plain(answer.body.error), end: end && outcome(end), seen };
  };
  const both = async (body: Buffer | string, type: string | undefined) => {
    const [ofReal, ofFake] = [
      await upload(servers.real.socketPath, body, type),
      await upload(servers.fake.socketPath, body, type),
    ];
    expect(ofFake).toEqual(ofReal);
  };

  it.each(Object.entries(archives))('about an image %s', async (_, bytes) => {
    await both(bytes, 'application/octet-stream');
  });

  it.each(types)('about what is uploaded as %s', async (type) => {
    for (const body of Object.values(bodies)) await both(body, type);
  });
});
