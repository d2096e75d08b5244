import { seed } from '../../lib/testing/fixtures/seed.js';
import { App } from '../../lib/testing/app.js';
import { incus } from '../../lib/testing/products/incus.js';
import { lxd } from '../../lib/testing/products/lxd.js';
import { ManualClock } from '../../lib/testing/state/clock.js';
import { State } from '../../lib/testing/state/state.js';

interface Metadata {
  action: string;
  source: string;
  context?: object;
  name?: string;
  status?: string;
}

// Nothing serves these events yet: the websocket comes with issue 4. The order was compared with real ones.
describe.each([lxd, incus])('events inside the fake, as $name', (product) => {
  const clock = new ManualClock();
  let state: State;
  let app: App;
  let lifecycle: Metadata[];
  let statuses: (string | undefined)[];

  beforeEach(() => {
    state = seed(new State(product, clock, 10));
    app = new App(state, 0);
    lifecycle = [];
    statuses = [];
    state.events.listen(({ type, metadata }) => {
      if (type === 'lifecycle') lifecycle.push(metadata as Metadata);
      else statuses.push((metadata as Metadata).status);
    });
  });

  async function run(method: string, path: string, body?: object): Promise<void> {
    await app.answer(new Request(`http://fake${path}`, { method, body: JSON.stringify(body) ?? null }));
    clock.advance(10);
  }

  it('tell the life of an instance', async () => {
    const path = '/1.0/instances/web';
    await run('POST', '/1.0/instances', { name: 'web', source: { type: 'none' } });
    await run('PATCH', path, { config: { 'user.a': '1' } });
    for (const action of ['start', 'freeze', 'unfreeze', 'restart', 'stop']) {
      await run('PUT', `${path}/state`, { action });
    }
    await run('POST', `${path}/snapshots`, { name: 's' });
    await run('POST', `${path}/snapshots/s`, { name: 't' });
    await run('PUT', path, { restore: 't' });
    await run('DELETE', `${path}/snapshots/t`);
    await run('POST', path, { name: 'w2' });
    await run('DELETE', '/1.0/instances/w2');
    expect(lifecycle.map(({ action }) => action.replace('instance-', ''))).toEqual([
      ...['created', 'updated', 'started', 'paused', 'resumed', 'restarted', 'shutdown'],
      ...['snapshot-created', 'snapshot-renamed', 'restored', 'snapshot-deleted', 'renamed', 'deleted'],
    ]);
    expect(lifecycle[0]).toMatchObject({
      source: path,
      context: { type: 'container', 'storage-pool': 'default' },
    });
    expect(lifecycle[0]?.name).toBe(product === incus ? 'web' : undefined);
    expect(lifecycle[8]).toMatchObject({ source: `${path}/snapshots/t`, context: { old_name: 'web/s' } });
  });

  it('tell the life of an operation', async () => {
    await run('POST', '/1.0/instances', { name: 'web', source: { type: 'none' } });
    await run('POST', '/1.0/instances', { name: 'web', source: { type: 'none' } });
    expect(statuses).toEqual(['Running', 'Success', 'Running', 'Failure']);
  });
});
