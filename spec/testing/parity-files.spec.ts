import { FakeServer } from '../../lib/testing/index.js';
import { describeReal } from '../real/harness.js';
import { Pair } from './parity.js';
import { call } from './support.js';

describeReal('the fake and the real server answer alike', (real) => {
  let fake: FakeServer;
  let pair: Pair;
  let path: string;

  beforeAll(async () => {
    const fingerprint = await real.ensureImage();
    fake = await FakeServer.start({ product: real.product, operationTime: 1 });
    pair = new Pair(real.socketPath, fake.socketPath);
    const name = real.uniqueName('parity');
    path = `/1.0/instances/${name}`;
    fake.addInstance({ name });
    const made = await call(real.socketPath, 'POST', '/1.0/instances', {
      name,
      source: { type: 'image', fingerprint },
    });
    await call(real.socketPath, 'GET', `${made.body.operation}/wait`);
  });
  afterAll(async () => {
    await pair.quietly('DELETE', path);
    await fake.close();
  });

  /** The own headers, by their names without the prefix. */
  const own = (headers: Record<string, string>) => {
    const prefix = real.product === 'lxd' ? 'X-LXD-' : 'X-Incus-';
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [prefix + name, value]));
  };
  const at = (file: string) => `${path}/files?path=${encodeURIComponent(file)}`;
  const post = (file: string, text: string, headers: Record<string, string> = {}) =>
    pair.same('POST', at(file), Buffer.from(text), own(headers));
  const look = async (...files: string[]) => {
    for (const file of files) {
      await pair.same('HEAD', at(file));
      await pair.same('GET', at(file));
    }
  };

  it('about files that are there or not', async () => {
    await look('/etc/passwd', 'etc/passwd', '/etc/../etc/group', '/../../etc/group');
    await look('/', '/etc', '/nope', '/etc/passwd/x', '/nope/x');
    for (const method of ['GET', 'HEAD', 'DELETE', 'POST']) await pair.same(method, `${path}/files`);
    await pair.same('PUT', at('/etc'));
    await pair.same('GET', '/1.0/instances/nope-x/files?path=/etc');
    await pair.same('GET', `${at('/etc')}&project=nope`);
  });

  it('about files that are written', async () => {
    await post('/a', 'hello');
    await post('/a', 'hello2', { mode: '0600', uid: '5', type: 'file' }); // an existing one keeps its mode
    await post('/b', 'x', { mode: '0600', uid: '5', gid: '6' });
    await post('/c', 'x', { mode: '600' });
    await post('/d', 'x', { mode: 'rw', uid: 'me' });
    await post('/e', 'x', { mode: '0000' });
    await look('/a', '/b', '/c', '/d', '/e');
    await post('/a', ' and more', { write: 'append' });
    await post('/none', 'more', { write: 'append' });
    await post('/a', 'more', { write: 'bogus' });
    await post('/a', 'more', { type: 'socket' });
    await post('/no/such', 'x');
    await post('/a/b', 'x');
    await post('relative', 'x');
    await look('/a', '/none', '/relative');
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    await pair.same('POST', at('/form'), 'a=b', form);
    await look('/form');
  });

  it('about directories and links', async () => {
    await post('/f', 'text');
    for (const file of ['/dir', '/dir', '/f', '/no/dir']) await post(file, '', { type: 'directory' });
    await post('/mode', '', { type: 'directory', mode: '0700', uid: '3' });
    await look('/dir', '/mode', '/f');
    await post('/dir', 'text');
    await post('/dir/link', '../f', { type: 'symlink' });
    await post('/dir/link', '../other', { type: 'symlink' });
    await post('/to-dir', '/dir', { type: 'symlink' });
    await post('/nowhere', '/made', { type: 'symlink' });
    await look('/dir', '/dir/link', '/to-dir', '/to-dir/link', '/nowhere');
    await post('/dir/link', 'through a link');
    await post('/nowhere', 'through a link to nothing');
    await look('/f', '/made');
    for (const file of ['/dir', '/dir/link', '/dir', '/dir', '/', '/f/x', '/to-dir']) {
      await pair.same('DELETE', at(file));
    }
    await look('/dir', '/f');
  });
});
