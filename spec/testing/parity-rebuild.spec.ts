import { describePair } from './parity.js';

describePair((servers) => {
  it('about rebuilding an instance with a snapshot, and without', async () => {
    const name = servers.real.uniqueName('rebuilt');
    const path = `/1.0/instances/${name}`;
    const source = { type: 'none' };
    await servers.pair.same('POST', '/1.0/instances', { name, source });
    await servers.pair.same('POST', `${path}/snapshots`, { name: 's' });
    await servers.pair.same('POST', `${path}/rebuild`, { source });
    await servers.pair.same('DELETE', `${path}/snapshots/s`);
    await servers.pair.same('POST', `${path}/rebuild`, { source });
    await servers.pair.same('DELETE', path);
  });
});
