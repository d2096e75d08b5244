import { describePair } from './parity.js';
import { call } from './support.js';

describePair((servers) => {
  const { real } = servers;
  let path: string;

  beforeAll(async () => {
    const fingerprint = await real.ensureImage();
    const name = real.uniqueName('parity');
    path = `/1.0/instances/${name}`;
    servers.fake.addInstance({ name });
    const made = await call(real.socketPath, 'POST', '/1.0/instances', {
      name,
      source: { type: 'image', fingerprint },
    });
    await call(real.socketPath, 'GET', `${made.body.operation}/wait`);
  });
  afterAll(async () => {
    await servers.pair.quietly('DELETE', path);
  });

  /** The own headers, by their names without the prefix. */
  const own = (headers: Record<string, string>) => {
    const prefix = real.product === 'lxd' ? 'X-LXD-' : 'X-Incus-';
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [prefix + name, value]));
  };
  const at = (file: string) => `${path}/files?path=${encodeURIComponent(file)}`;
  const post = (file: string, text: string, headers: Record<string, string> = {}) =>
    servers.pair.same('POST', at(file), Buffer.from(text), own(headers));
  const look = async (...files: string[]) => {
    for (const file of files) {
      await servers.pair.same('HEAD', at(file));
      await servers.pair.same('GET', at(file));
    }
  };

  it('about files that are there or not', async () => {
    await look('/etc/passwd', 'etc/passwd', '/etc/../etc/group', '/../../etc/group');
    await look('/', '/etc', '/nope', '/etc/passwd/x', '/nope/x');
    for (const method of ['GET', 'HEAD', 'DELETE', 'POST']) await servers.pair.same(method, `${path}/files`);
    await servers.pair.same('PUT', at('/etc'));
    await servers.pair.same('GET', '/1.0/instances/nope-x/files?path=/etc');
    await servers.pair.same('GET', `${at('/etc')}&project=nope`);
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
    await servers.pair.same('POST', at('/form'), 'a=b', form);
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
      await servers.pair.same('DELETE', at(file));
    }
    await look('/dir', '/f');
  });
});
