import './support/no-delays.js';
import { InvalidInputError, SaveConflictError } from '../../lib/errors/index.js';
import { failure } from './support/failure.js';
import { MemoryStore } from './support/memory-store.js';

const { Things } = await import('./support/thing.js');

let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore().seed('web', { config: { a: '1' }, devices: { root: { type: 'disk' } } });
});

const get = async () => new Things(store).get('web');

describe('save({ dryRun: true })', () => {
  test('resolves with the request that would be sent, and sends nothing', async () => {
    const web = await get();
    web.config.a = '2';
    const before = store.peek('web');
    const planned = await web.save({ dryRun: true });
    expect(planned).toMatchObject({ method: 'PATCH', path: '/1.0/things/web' });
    expect(JSON.parse(JSON.stringify(planned!.body))).toEqual({ config: { a: '2' }, description: '' });
    expect([store.attempts, store.peek('web')]).toEqual([[], before]);
    expect(web.changes()).toEqual([{ path: ['config', 'a'], from: '1', to: '2' }]);
    await web.save();
    expect(store.writes[0]?.body).toEqual(JSON.parse(JSON.stringify(planned!.body)));
  });

  test('resolves with undefined where there is nothing to save', async () => {
    const web = await get();
    expect(await web.save({ dryRun: true })).toBeUndefined();
    web.config.a = '2';
    store.elsewhere('web', ({ config }) => (config.a = '2'));
    await web.fetch();
    expect(await web.save({ dryRun: true })).toBeUndefined();
  });

  test('reads what a save would read, and says what a save would say', async () => {
    const [web] = await new Things(store).all();
    web!.config.a = '2';
    store.elsewhere('web', ({ config }) => (config.b = '2'));
    expect(await web!.save({ dryRun: true })).toMatchObject({ body: { config: { a: '2' } } });
    expect(store.reads).toEqual(['web']);
    store.elsewhere('web', ({ config }) => (config.a = '3'));
    store.age = 60;
    await web!.fetch();
    await failure(web!.save({ dryRun: true }), SaveConflictError);
    Object.assign(web!.config, { a: 1 });
    await failure(web!.save({ dryRun: true }), InvalidInputError);
    expect(store.attempts).toEqual([]);
  });

  test('false is a save, and what is no boolean is refused', async () => {
    const web = await get();
    web.config.a = '2';
    await failure(web.save({ dryRun: 1 as unknown as boolean }), InvalidInputError);
    expect(await web.save({ dryRun: false })).toBe(web);
    expect(store.writes).toHaveLength(1);
  });
});
