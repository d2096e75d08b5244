import { describePair } from './parity.js';

const buckets = '/1.0/storage-pools/default/buckets';
const file = { 'Content-Type': 'application/octet-stream' };

// A pool of this machine has none without MinIO: what can be compared are the refusals.
describePair((servers) => {
  const same: typeof servers.pair.same = (...asked) => servers.pair.same(...asked);

  it.each(['', '?recursion=1', '?filter=nope', '?filter=name+eq+x', '?all-projects=true', '?project=nope'])(
    'about the list with %j',
    (query) => same('GET', buckets + query),
  );

  it.each(['', '/keys', '/keys/k', '/backups', '/backups/b', '/backups/b/export'])(
    'about a bucket that is not there, and what it has not: %s',
    async (path) => {
      for (const method of ['GET', 'PUT', 'PATCH', 'POST', 'DELETE'])
        await same(method, `${buckets}/none${path}`, method === 'GET' ? undefined : {});
    },
  );

  it('about a pool that is not there', async () => {
    for (const path of ['', '/b', '/b/keys', '/b/backups'])
      await same('GET', `/1.0/storage-pools/nope/buckets${path}`);
  });

  it.each([
    ...['', '{bad', [], {}, { name: 1 }, { name: 'X' }, { name: 'ab' }, { name: 'a/bc' }],
    ...[{ nope: '1' }, { 'user.a': 1 }, { size: '1x' }].map((config) => ({ name: 'abc', config })),
  ])('about a new one that will not do: %j', (body) => same('POST', buckets, body));

  it.each(['', 'no tar at all'])('about the file %j', (body) => same('POST', buckets, body, file));
});
