import { inspect } from 'node:util';
import { InvalidInputError, ProtocolError } from '../../lib/errors/index.js';
import { failure } from './support/failure.js';
import { MemoryStore } from './support/memory-store.js';
import { Thing, Things } from './support/thing.js';
import { Wall, wallStore } from './support/wall.js';

let store: MemoryStore;
let things: Things;

beforeEach(() => {
  store = new MemoryStore().seed('web', { config: { a: '1' } });
  things = new Things(store);
});

const get = async () => things.get('web');
const odd = { nonsense: 1 } as never;

test.each<[string, string, () => unknown]>([
  ['get() of things', 'signal, timeout', () => things.get('web', odd)],
  ['get() of things', 'signal, timeout', () => things.find('web', odd)],
  ['get() of things', 'signal, timeout', () => things.exists('web', odd)],
  ['all() of things', 'allProjects, filter, recursion, signal, timeout', () => things.all(odd)],
  ['names() of things', 'allProjects, filter, signal, timeout', () => things.names(odd)],
  ['fetch()', 'discard, signal, timeout', async () => (await get()).fetch(odd)],
  [
    'save()',
    'cancelOnAbort, dryRun, onConflict, onProgress, signal, timeout, verify',
    async () => (await get()).save(odd),
  ],
  [
    'delete()',
    'cancelOnAbort, ifExists, onProgress, signal, timeout, wait',
    async () => (await get()).delete(odd),
  ],
  [
    'rename()',
    'cancelOnAbort, onProgress, signal, timeout, wait',
    async () => (await get()).rename('x', odd),
  ],
  [
    'saveAll()',
    'cancelOnAbort, concurrency, onConflict, onProgress, signal, timeout, verify',
    async () => things.saveAll([await get()], odd),
  ],
])('%s refuses an option that nothing would read', async (method, known, act) => {
  const error = await failure(act, InvalidInputError);
  expect(error.message).toBe(`${method}: unknown option 'nonsense'; known options: ${known}`);
  expect([store.attempts, store.has('web')]).toEqual([[], true]);
});

describe('a NUL character is refused', () => {
  test.each<[string, (web: Thing) => unknown]>([
    ['thing.description', (web) => (web.description = 'a\0b')],
    ['thing.config["user.x"]', (web) => (web.config = { 'user.x': '\0' })],
    ['thing.config["a\\u0000"]', (web) => (web.config = { 'a\0': '1' })],
    ['thing.devices.root.path', (web) => (web.devices = { root: { path: '\0' } })],
    ['thing.profiles[1]', (web) => (web.profiles = ['a', 'b\0'])],
    ["The thing's name", (web) => web.rename('a\0')],
    ["The thing's key", () => things.ref('a\0')],
  ])('in %s', async (where, act) => {
    const web = await get();
    const error = await failure(async () => act(web), InvalidInputError);
    expect(error.message).toBe(`${where} has a NUL character, which no server keeps`);
  });

  test('in what was put into a map or a list', async () => {
    const web = await get();
    web.config['user.x'] = 'a\0';
    await failure(web.save(), InvalidInputError);
    const wall = wallStore();
    const model = new Wall(wall, 'web', await wall.read('web'));
    model.rules.push({ action: 'a\0' });
    await failure(model.save(), InvalidInputError);
    expect([store.attempts, wall.attempts]).toEqual([[], []]);
  });
});

test.each<[string, unknown, string]>([
  ['config', 7, 'number 7'],
  ['config', [], 'an array'],
  ['devices', 'x', '"x"'],
  ['profiles', {}, 'an object'],
  ['usedBy', 1, 'number 1'],
  ['expandedConfig', true, 'boolean true'],
])('%s that the server sends as %j is a ProtocolError', async (property, value, shown) => {
  const wire = property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  store.seed('web', { [wire]: value });
  const web = await get();
  const error = await failure(async () => web[property as 'config'], ProtocolError);
  expect(error.message).toBe(`Thing 'web': the server sent ${shown} for its ${property}`);
});

test('a manager prints what it is for, and nothing of its client', () => {
  expect(inspect(things)).toBe('Things(thing)');
  expect(JSON.stringify({ things })).toBe('{"things":"Things(thing)"}');
  expect(Object.keys(things)).toEqual([]);
  expect(Object.keys(things.ref('web'))).toEqual([]);
});
