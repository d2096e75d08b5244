import { UnsupportedError } from 'tslxd';
import { useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('what a server says of its config keys', (server) => {
  const { client, requestsOf } = useClient(server);

  it('is a list for each entity, or an UnsupportedError before it is asked', async () => {
    if (server.product === 'lxd') {
      const sent = await requestsOf(() =>
        expect(client.server.configuration()).rejects.toThrow(UnsupportedError),
      );
      expect(sent).toEqual([]);
      return;
    }
    const configuration = await client.server.configuration();
    const { instance = [], server: ofServer = [] } = configuration;
    expect(instance.find(({ key }) => key === 'limits.cpu')).toMatchObject({
      ...{ group: 'resource-limits', type: 'string', liveUpdate: 'yes' },
      description: 'Which CPUs to expose to the instance',
    });
    expect(ofServer.find(({ key }) => key === 'core.https_address')?.scope).toBe('local');
    const all = Object.values(configuration).flat();
    expect(all.length).toBeGreaterThan(300);
    expect(all.filter(({ key, type, description }) => !key || !type || !description)).toEqual([]);
    expect(all.filter(({ default: value }) => value === 'true').length).toBeGreaterThan(3);
  });
});
