import { createHash } from 'node:crypto';
import { buildSplitImage } from '../real/split-image.js';
import { describePair } from './parity.js';
import { call } from './support.js';

describePair((servers) => {
  const { real } = servers;
  let metadata: Buffer;
  let rootfs: Buffer;

  beforeAll(async () => {
    ({ metadata, rootfs } = await buildSplitImage(real.uniqueName('parity')));
  });

  const own = (name: string) => `${real.product === 'lxd' ? 'X-LXD-' : 'X-Incus-'}${name}`;
  const form = (...parts: [name: string, bytes: Buffer][]) =>
    Buffer.concat([
      ...parts.flatMap(([name, bytes]) => [
        Buffer.from(`--X\r\nContent-Disposition: form-data; name="${name}"; filename="${name}.tgz"\r\n\r\n`),
        bytes,
        Buffer.from('\r\n'),
      ]),
      Buffer.from('--X--\r\n'),
    ]);
  const post = (body: Buffer, headers: Record<string, string> = {}) =>
    servers.pair.same('POST', '/1.0/images', body, {
      'content-type': 'multipart/form-data; boundary=X',
      ...headers,
    });

  it('about images in two files', async () => {
    const fingerprint = createHash('sha256').update(metadata).update(rootfs).digest('hex');
    const path = `/1.0/images/${fingerprint}`;
    await post(form());
    await post(form(['metadata', metadata]));
    await post(form(['rootfs', rootfs], ['metadata', metadata]));
    await post(form(['metadata', metadata], ['zoo', rootfs]));
    await post(form(['metadata', metadata], ['rootfs', rootfs]), { [own('fingerprint')]: 'abc' });
    await post(form(['metadata', metadata], ['rootfs', rootfs]), { [own('public')]: '1' });
    await post(form(['metadata', metadata], ['rootfs', rootfs]));
    const seen: unknown[] = [];
    for (const server of [real.socketPath, servers.fake.socketPath]) {
      const { type, filename, size, public: isPublic } = (await call(server, 'GET', path)).body.metadata;
      const exported = await call(server, 'GET', `${path}/export`);
      const names = [...exported.text.matchAll(/content-disposition: ([^\r]*)/gi)].map(([, value]) => value);
      const {
        'content-type': kind = '',
        'content-length': length,
        'x-incus-type': product,
      } = exported.headers;
      seen.push({ type, filename, size, isPublic, names, kind: kind.replace(/=.*/, ''), length, product });
    }
    expect(seen[1]).toEqual(seen[0]);
    await servers.pair.same('POST', `${path}/refresh`, {});
    await servers.pair.same('POST', '/1.0/images/zz/refresh', {});
    await servers.pair.same('POST', '/1.0/images/zz/secret', {});
    await servers.pair.same('DELETE', path);
    await post(form(['metadata', metadata], ['rootfs.img', rootfs]));
    const types = await Promise.all(
      [real.socketPath, servers.fake.socketPath].map(
        async (server) => (await call(server, 'GET', path)).body.metadata.type,
      ),
    );
    expect(types).toEqual(['virtual-machine', 'virtual-machine']);
    await servers.pair.same('DELETE', path);
  });

  it('about secrets', async () => {
    const fingerprint = createHash('sha256').update(metadata).update(rootfs).digest('hex');
    const path = `/1.0/images/${fingerprint}`;
    await post(form(['metadata', metadata], ['rootfs', rootfs]));
    const seen: unknown[] = [];
    for (const server of [real.socketPath, servers.fake.socketPath]) {
      const { status, body } = await call(server, 'POST', `${path}/secret`, {});
      const { class: kind, description, metadata, may_cancel: mayCancel, resources } = body.metadata;
      const before = await call(server, 'GET', body.operation ?? '');
      await call(server, 'GET', `${path}/export?secret=${metadata.secret}`);
      const after = await call(server, 'GET', body.operation ?? '');
      const codes = [before, after].map((answer) => answer.body.metadata.status_code);
      seen.push({ status, kind, description, mayCancel, resources, codes, keys: Object.keys(metadata) });
    }
    expect(seen[1]).toEqual(seen[0]);
    await servers.pair.same('DELETE', path);
  });
});
