import { buildTinyImage } from '../../examples/support/tiny-image.js';
import { NotFoundError } from 'tslxd';
import { booted, useClient, useHttpsClient } from './client.js';
import { describeReal } from './harness.js';

interface RawInstance {
  status: string;
  config: Record<string, string>;
  devices: Record<string, Record<string, string>>;
}

describeReal('the main job', (server) => {
  const socket = useClient(server);
  const https = useHttpsClient(server);

  it.each([
    ['the unix socket', socket],
    ['HTTPS', https],
  ])('goes from an image to an image over %s', async (_, { client }) => {
    const alias = server.uniqueName('alias');
    const image = await client.images.create(await buildTinyImage({ salt: alias }), { aliases: [alias] });
    expect(await server.read(`/1.0/images/aliases/${alias}`)).toMatchObject({ target: image.fingerprint });

    const name = server.uniqueName('web');
    const path = `/1.0/instances/${name}`;
    const now = () => server.read<RawInstance>(path);
    const web = await client.containers.create({ name, source: alias, config: { 'user.old': 'x' } });
    expect(await now()).toMatchObject({ status: 'Stopped', config: { 'user.old': 'x' } });

    await web.start();
    expect(web.status).toBe('Running');
    expect(await now()).toMatchObject({ status: 'Running' });

    web.config['limits.cpu'] = '2';
    web.config['user.role'] = 'front';
    delete web.config['user.old'];
    web.devices.data = { type: 'disk', source: '/srv', path: '/srv', readonly: 'true' };
    await web.save();
    const saved = await now();
    expect(saved).toMatchObject({ config: { 'limits.cpu': '2', 'user.role': 'front' } });
    expect(saved.config).not.toHaveProperty(['user.old']);
    expect(saved.devices.data).toEqual({ type: 'disk', source: '/srv', path: '/srv', readonly: 'true' });
    expect(web.isDirty).toBe(false);

    const snapshot = await web.snapshots.create('before');
    expect(await server.read(`${path}/snapshots`)).toEqual([`${path}/snapshots/before`]);
    web.config['user.role'] = 'back';
    await web.save();
    expect((await now()).config['user.role']).toBe('back');
    await web.restore(snapshot);
    expect(web.config['user.role']).toBe('front');
    expect(await now()).toMatchObject({ status: 'Running', config: { 'user.role': 'front' } });

    await booted(web); // the restoring has restarted it
    await web.stop({ timeout: 20_000 });
    expect(web.status).toBe('Stopped');
    expect(await now()).toMatchObject({ status: 'Stopped' });

    const published = await web.publish({ properties: { made: alias }, compressionAlgorithm: 'none' });
    expect(await server.read(`/1.0/images/${published.fingerprint}`)).toMatchObject({
      properties: { made: alias },
    });

    await published.delete();
    await web.delete();
    await image.delete();
    expect((await server.raw('GET', path)).status).toBe(404);
    expect((await server.raw('GET', `/1.0/images/${published.fingerprint}`)).status).toBe(404);
    await expect(client.instances.get(name)).rejects.toThrow(NotFoundError);
  });
});
