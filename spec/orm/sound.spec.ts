import { transform } from 'esbuild';
import { InvalidInputError } from '../../lib/errors/index.js';
import { failure } from './support/failure.js';
import { MemoryStore } from './support/memory-store.js';
import { Thing, Things } from './support/thing.js';

/** A class of models with this body, as esbuild, tsx and vite emit it for a user. */
async function compiled(body: string): Promise<typeof Thing> {
  const source = `export default (Thing: any) => class Mine extends Thing { ${body} }`;
  const options = {
    loader: 'ts',
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: true } },
  } as const;
  const { code } = await transform(source, options);
  const url = `data:text/javascript,${encodeURIComponent(code)}`;
  const { default: make } = (await import(url)) as { default: (Base: typeof Thing) => typeof Thing };
  return make(Thing);
}

describe('a model class of a user', () => {
  test.each([
    ['config', 'config!: Record<string, string>;'],
    ['description', "description = '';"],
    ['status', 'readonly status!: string;'],
    ['name', 'name: string;'],
  ])(
    'whose class field hides %s is refused when its first model is made, and ever after',
    async (property, body) => {
      const store = new MemoryStore().seed('web');
      const things = new Things(store).as(await compiled(body));
      const makes = [() => things.ref('web'), () => things.get('web'), () => things.all()];
      for (const make of makes) {
        const error = await failure(make, InvalidInputError);
        expect(error.message).toBe(
          `The class field ${property} of Mine hides the model's own property: write \`declare ${property}: …\`, ` +
            'without a value (compilers make a field of any other declaration)',
        );
      }
    },
  );

  test.each([
    ['declares its fields', 'declare config: Record<string, string>;'],
    [
      'has fields, getters and private state of its own',
      "seen = 0; #x = 1; get role() { return this.config['user.role'] + this.#x; }",
    ],
  ])('that %s works', async (_, body) => {
    const store = new MemoryStore().seed('web', { config: { 'user.role': 'db' } });
    const things = new Things(store).as(await compiled(body));
    const web = await things.get('web');
    web.config.a = '1';
    await web.save();
    expect(store.peek('web').config).toEqual({ a: '1', 'user.role': 'db' });
  });

  test('is made once more than asked for, at its first model alone', async () => {
    let made = 0;
    class Counted extends Thing {
      readonly number = ++made;
    }
    const things = new Things(new MemoryStore()).as(Counted);
    const numbers = ['a', 'b', 'c'].map((key) => things.ref(key).number);
    expect(numbers).toEqual([2, 3, 4]);
  });
});
