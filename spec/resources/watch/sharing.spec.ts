import { AbortedError, InvalidInputError, type Client, type Instance, type Watch } from 'tslxd';
import { describeFakes, rejection, sent } from '../support.js';
import { take } from '../../events/event-server.js';

describeFakes('watches of the same things', (start) => {
  /** Thirty watches that have been told what is there. */
  async function thirty(watch: () => Watch<Instance>): Promise<Watch<Instance>[]> {
    const all = Array.from({ length: 30 }, watch);
    for (const changes of all) {
      expect((await changes.next()).value).toMatchObject({ type: 'added', key: 'web' });
      expect((await changes.next()).value).toEqual({ type: 'synced' });
    }
    return all;
  }

  it.each([
    ['manager', (client: Client) => client.instances.watch(), 'GET /1.0/instances'],
    ['instance', (client: Client) => client.instances.ref('web').watch(), 'GET /1.0/instances/web'],
  ])('of one %s share a list, the reads of a change and the event socket', async (_, watch, list) => {
    const { client, server } = await start();
    server.addInstance({ name: 'web' });
    const all = await thirty(() => watch(client));
    expect(sent(server).sort()).toEqual(['GET /1.0/events', list].sort());
    server.clearRequests();
    await client.instances.ref('web').start();
    for (const changes of all) {
      const { value } = await changes.next();
      expect(value).toMatchObject({ type: 'changed', model: { status: 'Running' } });
    }
    await new Promise((resolve) => setTimeout(resolve, 700)); // until after the second look
    const reads = sent(server).filter((line) => line === 'GET /1.0/instances/web');
    expect(reads).toHaveLength(2); // at once, and once more when it has settled
  });

  it('are of other things with another filter, project or kind', async () => {
    const { client, server } = await start();
    server.addProject('two');
    server.addInstance({ name: 'web' });
    const watches = [
      client.instances.watch(),
      client.containers.watch(),
      client.instances.watch({ allProjects: true }),
      client.useProject('two').instances.watch(),
      client.snapshots.watch(),
      client.profiles.watch(),
    ];
    const told = await Promise.all(
      watches.map(async (changes) => {
        const keys: string[] = [];
        for await (const change of changes as AsyncIterable<{ type: string; key?: string }>) {
          if (change.type === 'synced') break;
          keys.push(change.key!);
        }
        return keys;
      }),
    );
    expect(told).toEqual([['web'], ['web'], ['web'], [], [], ['default']]);
  });

  it('tell each from the start, whenever it begins and however slow it is', async () => {
    const { client, server } = await start();
    server.addInstance({ name: 'a' });
    const slow = client.instances.watch();
    const quick = client.instances.watch();
    await take(quick, 2);
    for (const name of ['b', 'c']) await client.instances.create({ name, source: { type: 'none' } });
    expect(await take(quick, 2)).toMatchObject([
      { type: 'added', key: 'b' },
      { type: 'added', key: 'c' },
    ]);
    await client.instances.ref('b').delete();
    expect(await take(quick, 1)).toMatchObject([{ type: 'removed', key: 'b' }]);
    const late = client.instances.watch();
    for (const changes of [slow, late])
      expect((await take(changes, 3)).map((change) => ('key' in change ? change.key : change.type))).toEqual([
        'a',
        'c',
        'synced',
      ]);
  });

  it('end alone, and what they share with the last of them', async () => {
    const { client, server } = await start();
    server.addInstance({ name: 'web' });
    const [stop, one, two] = [new AbortController(), client.instances.watch(), client.instances.watch()];
    const three = client.instances.watch({ signal: stop.signal });
    for (const changes of [one, two, three]) await take(changes, 2);
    await one.return();
    stop.abort(new Error('enough'));
    const error = await rejection(three.next(), AbortedError);
    expect([error.message, error.cause]).toEqual(['watch() of instances was aborted', new Error('enough')]);
    expect(await three.next()).toEqual({ done: true, value: undefined });
    await client.instances.ref('web').start();
    expect(await take(two, 1)).toMatchObject([{ type: 'changed' }]);
    await two.return();
    server.clearRequests();
    await take(client.instances.watch(), 2);
    expect(sent(server)).toContain('GET /1.0/instances');
  });

  it('of one thing are not shared with those of another that gets its name', async () => {
    const { client, server } = await start();
    server.addInstance({ name: 'web' });
    const old = client.instances.ref('web').watch();
    await take(old, 2);
    await client.instances.ref('web').rename('was-web');
    expect(await take(old, 1)).toMatchObject([{ type: 'renamed', from: 'web', key: 'was-web' }]);
    await client.instances.create({ name: 'web', source: { type: 'none' } });
    const fresh = client.instances.ref('web').watch();
    expect(await take(fresh, 1)).toMatchObject([{ type: 'added', key: 'web' }]);
    await client.instances.ref('was-web').delete();
    expect(await take(old, 1)).toMatchObject([{ type: 'removed', key: 'was-web' }]);
    await fresh.return();
    await old.return();
  });

  it('are refused what nothing would read, and with a signal that has fired they send nothing', async () => {
    const { client, server } = await start();
    expect(() => client.instances.watch({ filters: 'x' } as object)).toThrow(InvalidInputError);
    expect(() => client.instances.ref('web').watch({ filter: 'x' } as object)).toThrow(InvalidInputError);
    await rejection(client.profiles.watch({ signal: AbortSignal.abort() }).next(), AbortedError);
    expect(sent(server)).toEqual([]);
  });

  it('hear of a parent that is gone as of the end of all that belongs to it', async () => {
    const { client, server } = await start();
    server.addInstance({ name: 'web' });
    const web = client.instances.ref('web');
    await web.backups.create('one');
    const backups = web.backups.watch();
    await take(backups, 2);
    await web.delete();
    expect(await take(backups, 1)).toMatchObject([{ type: 'removed', key: 'one' }]);
  });
});
