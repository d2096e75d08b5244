import { pauses } from './support/no-delays.js';
import {
  AbortedError,
  ConnectionError,
  NotFoundError,
  OperationExpiredError,
  OutcomeUnknownError,
  SaveConflictError,
} from '../../lib/errors/index.js';
import { failure } from './support/failure.js';
import { MemoryStore } from './support/memory-store.js';

const { Things } = await import('./support/thing.js');

let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore().seed('web', { config: { a: '1', b: '1' }, profiles: ['default'] });
  pauses.length = 0;
});

const edited = async () => {
  const web = await new Things(store).get('web');
  web.config.a = '2';
  return web;
};
const lost = () => {
  throw new OutcomeUnknownError('PATCH /1.0/things/web: the connection was lost');
};
/** Loses the next writes, before or after they are done. */
const lose = (when: 'beforeWrite' | 'afterWrite', times = 1) => {
  store[when] = () => {
    if (times-- > 0) lost();
  };
};

test('a lost write that was done is not sent again', async () => {
  const web = await edited();
  lose('afterWrite');
  expect(await web.saveReport()).toEqual({ saved: true, merged: 0 });
  expect(store.attempts).toHaveLength(1);
  expect([store.peek('web').config.a, web.isDirty]).toEqual(['2', false]);
});

test('one that was not is sent again, with the version that is there now', async () => {
  const web = await edited();
  lose('beforeWrite');
  expect(await web.saveReport()).toEqual({ saved: true, merged: 0 });
  expect(store.attempts).toHaveLength(2);
  expect(store.attempts[1]?.version).toBeDefined();
  expect([store.peek('web').config.a, web.isDirty]).toEqual(['2', false]);
});

test('one that is done after the look makes the second fail, and is seen then', async () => {
  const web = await edited();
  let count = 0;
  store.beforeWrite = () => {
    if (count++ === 0) lost();
    else if (count === 2) store.elsewhere('web', ({ config }) => (config.a = '2'));
  };
  expect(await web.saveReport()).toEqual({ saved: true, merged: 1 });
  expect(store.writes).toHaveLength(0);
  expect([store.peek('web').config.a, web.isDirty]).toEqual(['2', false]);
});

test('an operation that the server has forgotten is looked at as well', async () => {
  const web = await edited();
  let count = 0;
  store.afterWrite = () => {
    if (count++ === 0) throw new OperationExpiredError('operation x is gone');
  };
  await web.save();
  expect(store.attempts).toHaveLength(1);
});

test('what somebody else has written meanwhile is merged', async () => {
  const web = await edited();
  lose('beforeWrite');
  const before = store.beforeWrite;
  store.beforeWrite = () => {
    store.elsewhere('web', ({ config }) => (config.b = '2'));
    before?.();
  };
  await web.save();
  expect(store.peek('web').config).toMatchObject({ a: '2', b: '2' });
});

test('and in conflict it is said, without a word on what was written', async () => {
  const web = await edited();
  store.beforeWrite = () => {
    store.elsewhere('web', ({ config }) => (config.a = '3'));
    lost();
  };
  const error = await failure(web.save(), SaveConflictError);
  expect(error.message).toMatch(/whether yours was written before is not known/);
  expect(error.conflicts).toMatchObject([{ path: ['config', 'a'], base: '1', mine: '2', theirs: '3' }]);
  store.beforeWrite = undefined;
  await web.save({ onConflict: 'mine' });
  expect(store.peek('web').config.a).toBe('2');
});

test('edits made while the write was lost go with the next one', async () => {
  const web = await edited();
  store.afterWrite = () => {
    store.afterWrite = undefined;
    web.config.c = '1';
    lost();
  };
  await web.save();
  expect(store.peek('web').config).toMatchObject({ a: '2', c: '1' });
  expect(web.isDirty).toBe(false);
});

test('a server that is away for a while is waited for', async () => {
  const web = await edited();
  lose('afterWrite');
  let away = 3;
  store.beforeRead = () => {
    if (away-- > 0) throw new ConnectionError('refused');
  };
  await web.save();
  expect(pauses).toEqual([50, 100, 200]);
});

test('one that stays away leaves it unknown, and the model as it was', async () => {
  const web = await edited();
  lose('afterWrite');
  store.beforeRead = () => {
    throw new ConnectionError('GET /1.0/things/web: refused');
  };
  const error = await failure(web.save({ timeout: 400 }), OutcomeUnknownError);
  expect(error.message).toBe(
    'PATCH /1.0/things/web: the connection was lost; it could not be seen: GET /1.0/things/web: refused',
  );
  expect(web.isDirty).toBe(true);
  store.beforeRead = store.afterWrite = undefined;
  await web.save();
  expect(web.isDirty).toBe(false);
});

test('a write that is lost each time is given up', async () => {
  const web = await edited();
  lose('beforeWrite', Infinity);
  await failure(web.save(), OutcomeUnknownError);
  expect(store.attempts).toHaveLength(3);
});

test('a thing that is gone is not there, and no write of it unknown', async () => {
  const web = await edited();
  store.beforeWrite = () => {
    store.drop('web');
    lost();
  };
  await failure(web.save(), NotFoundError);
});

test('a signal ends the pauses', async () => {
  const web = await edited();
  const controller = new AbortController();
  lose('afterWrite');
  store.beforeRead = () => {
    controller.abort();
    throw new ConnectionError('refused');
  };
  await failure(web.save({ signal: controller.signal }), AbortedError);
});

test('saveAll() saves those as well, each once', async () => {
  store.seed('db', { config: { a: '1' } });
  const things = new Things(store);
  const models = [await things.get('web'), await things.get('db')];
  for (const model of models) model.config.a = '2';
  lose('afterWrite', 2);
  const { saved } = await things.saveAll(models);
  expect(saved).toHaveLength(2);
  expect(store.writes).toHaveLength(2);
});
