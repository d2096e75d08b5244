import { InvalidInputError, NotFoundError, ServerError } from '../../lib/errors/index.js';
import { field } from '../../lib/orm/index.js';
import { failure } from './support/failure.js';
import { MemoryStore } from './support/memory-store.js';
import { Thing, Things } from './support/thing.js';

let store: MemoryStore;
let things: Things;

beforeEach(() => {
  store = new MemoryStore().seed('a', { description: 'first' }).seed('b', { description: 'second' });
  things = new Things(store);
});

describe('get', () => {
  test('gives the fetched model, in one request', async () => {
    const a = await things.get('a');
    expect(a).toBeInstanceOf(Thing);
    expect([a.key, a.isFetched, a.description]).toEqual(['a', true, 'first']);
    expect(store.reads).toEqual(['a']);
  });

  test('goes by the key that the server names', async () => {
    store.read = async () => ({ data: { name: 'abcdef' } });
    expect((await things.get('abc')).key).toBe('abcdef');
  });

  test('of what is not there rejects', async () => {
    await failure(things.get('x'), NotFoundError);
  });
});

test.each<[unknown, string]>([
  ['', "The thing's key is empty; pass the name of one"],
  [7, "The thing's key must be a string, not number 7"],
  [undefined, "The thing's key must be a string, not undefined"],
  [{}, "The thing's key must be a string, not an object"],
])('the key %j is refused before any request', async (key, message) => {
  for (const act of [
    () => things.get(key as string),
    () => things.ref(key as string),
    () => things.exists(key as string),
    () => things.ensure(key as string),
  ]) {
    expect((await failure(act, InvalidInputError)).message).toBe(message);
  }
  expect(store.reads).toEqual([]);
});

test('ref makes no request', () => {
  expect(things.ref('x').isFetched).toBe(false);
  expect(store.reads).toEqual([]);
});

describe('all', () => {
  test('gives fetched models in one request', async () => {
    const all = await things.all();
    expect(all.map(({ key, description }) => [key, description])).toEqual([
      ['a', 'first'],
      ['b', 'second'],
    ]);
    expect([store.lists.length, store.reads.length]).toEqual([1, 0]);
  });

  test('gives models of their own, though they come from one list', async () => {
    const [a, b] = await things.all();
    a!.config.x = '1';
    expect([a!.isDirty, b!.isDirty]).toEqual([true, false]);
    expect(b!.description).toBe('second');
  });

  test('gives models that fetch() brings up to date', async () => {
    const [a] = await things.all();
    store.elsewhere('a', (data) => {
      data.description = 'new';
      data.config.x = '1';
    });
    await a!.fetch();
    expect([a!.description, { ...a!.config }, a!.isDirty]).toEqual(['new', { x: '1' }, false]);
  });

  test('with recursion 0 gives models that are not fetched', async () => {
    const all = await things.all({ recursion: 0 });
    expect(all.map(({ key, isFetched }) => [key, isFetched])).toEqual([
      ['a', false],
      ['b', false],
    ]);
  });

  test.each([0, 1] as const)(
    'of all projects keeps each model in its own (recursion %d)',
    async (recursion) => {
      const other = store.at({ project: 'other' }).seed('a', { description: 'elsewhere' });
      const all = await things.all({ allProjects: true, recursion });
      expect(all.map(({ key }) => key)).toEqual(['a', 'b', 'a']);

      const last = await all[2]!.fetch();
      last.description = 'new';
      await last.save();
      expect(other.peek('a').description).toBe('new');
      expect(store.peek('a').description).toBe('first');
    },
  );

  test('passes its options on', async () => {
    const { signal } = new AbortController();
    await things.all({ filter: 'name eq a', allProjects: true, signal });
    await things.names({ filter: 'name eq a' });
    expect(store.lists.map(({ filter, allProjects }) => [filter, allProjects])).toEqual([
      ['name eq a', true],
      ['name eq a', undefined],
    ]);
    expect(store.lists[0]?.signal).toBe(signal);
  });

  test('leaves out what is no object, and what a narrowed manager refuses', async () => {
    class Firsts extends Things {
      protected override includes(data: { description?: unknown }): boolean {
        return data.description === 'first';
      }
    }
    const list = store.list.bind(store);
    store.list = async (...options) => [...(await list(...options)), null, 'text'];
    expect((await new Firsts(store).all()).map(({ key }) => key)).toEqual(['a']);
    expect(await things.all()).toHaveLength(2);
  });

  test('is what for await gives', async () => {
    const keys: string[] = [];
    for await (const { key } of things) keys.push(key);
    expect(keys).toEqual(['a', 'b']);
    expect(store.lists).toHaveLength(1);
  });
});

test('names gives the keys', async () => {
  expect(await things.names()).toEqual(['a', 'b']);
});

describe('what may not be there', () => {
  test('exists() tells', async () => {
    expect([await things.exists('a'), await things.exists('x')]).toEqual([true, false]);
  });

  test('find() gives the fetched model, or undefined', async () => {
    const found = await things.find('a');
    expect([found?.key, found?.isFetched]).toEqual(['a', true]);
    expect(await things.find('x')).toBeUndefined();
    expect(store.reads).toEqual(['a', 'x']);
  });

  test.each([
    ['another error', new ServerError('down')],
    ['a project that is not there', new NotFoundError('GET /1.0/things/a: Project not found (404)')],
  ])('passes on %s', async (_, error) => {
    store.beforeRead = () => {
      throw error;
    };
    const calls = [() => things.find('a'), () => things.exists('a'), () => things.ensure('a')];
    for (const call of calls) await expect(call()).rejects.toBe(error);
    expect(store.has('a')).toBe(true);
  });
});

describe('as', () => {
  class Router extends Thing {
    @field({ writable: true, scalar: 'string' }) uplinkName!: string;

    hits = 0;

    get isFirst(): boolean {
      this.hits++;
      return this.description === 'first';
    }

    setRoute(to: string): this {
      this.config['user.route'] = to;
      return this;
    }
  }

  test('makes models of the subclass everywhere, with its methods and getters', async () => {
    const routers = things.as(Router);
    const found: Router[] = [
      await routers.get('a'),
      await routers.ref('a').fetch(),
      (await routers.all())[0]!,
      await routers.ensure('a', {}),
    ];
    for (const router of found) {
      expect(router).toBeInstanceOf(Router);
      expect([router.isFirst, router.hits, router.uplinkName]).toEqual([true, 1, '']);
    }
    expect(await routers.create('c')).toBeInstanceOf(Router);
    for await (const router of routers) expect(router).toBeInstanceOf(Router);
    expect(await things.get('a')).not.toBeInstanceOf(Router);
  });

  test('saves what its methods did', async () => {
    const router = await things.as(Router).get('a');
    await router.setRoute('10.0.0.1').save();
    expect(store.peek('a').config).toEqual({ 'user.route': '10.0.0.1' });
  });

  test('of a subclass of that one', async () => {
    class Special extends Router {
      readonly special = true;
    }
    const special = await things.as(Router).as(Special).get('a');
    expect([special.special, special.isFirst]).toEqual([true, true]);
  });
});
