import { InvalidInputError, UnsupportedError } from 'tslxd';
import { FakeServer } from 'tslxd/testing';

describe('rebuild on a fake', () => {
  it('gives another root disk, and leaves all else', async () => {
    await using server = await FakeServer.start({ product: 'incus' });
    const client = server.client();
    const old = server.addImage({ properties: { os: 'old', release: '1' } });
    const next = server.addImage({ aliases: ['next'], properties: { os: 'next' } });
    const web = await client.instances.create({
      ...{ name: 'web', source: { fingerprint: old }, config: { 'user.a': '1' } },
    });
    await web.files.writeFile('/root/mine', 'x');
    const before = await web.snapshots.create('before');
    await expect(web.rebuild('next')).rejects.toThrow('Cannot remove an instance volume that has snapshots');
    await before.delete();

    await web.rebuild('next');
    expect(web.config).toMatchObject({ 'user.a': '1', 'image.os': 'next', 'volatile.base_image': next });
    expect(web.config['image.release']).toBeUndefined();
    expect((await web.metadata.get()).properties).toEqual({ os: 'next' });
    await expect(web.files.readFile('/root/mine')).rejects.toThrow();

    await web.rebuild({ type: 'none' });
    expect(web.config['volatile.base_image']).toBeUndefined();
    await expect(web.rebuild()).rejects.toThrow(InvalidInputError);
  });

  it('is not to be had where LXD has it not', async () => {
    await using server = await FakeServer.start({ product: 'lxd' });
    server.addInstance({ name: 'web' });
    await expect(server.client().instances.ref('web').rebuild({ type: 'none' })).rejects.toThrow(
      UnsupportedError,
    );
  });
});
