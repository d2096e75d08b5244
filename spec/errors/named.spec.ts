import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { inspect } from 'node:util';
import * as lib from '../../lib/index.js';
import { cacheFolder } from '../support/bundle.js';

let folder: string;
let small: typeof lib;

/** As users bundle: every name that can be shortened is. */
beforeAll(async () => {
  folder = await cacheFolder();
  const outfile = join(folder, 'small.mjs');
  await build({
    entryPoints: ['lib/index.ts'],
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  });
  small = (await import(pathToFileURL(outfile).href)) as typeof lib;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

type Class = abstract new (...args: never[]) => object;

/** What is exported and stands below a class of the library, with the name under which it is exported. */
function below(base: Class): string[] {
  return Object.entries(lib)
    .filter(([, value]) => typeof value === 'function' && (value.prototype as object) instanceof base)
    .map(([name]) => name);
}

const errors = ['LxdError', ...below(lib.LxdError)];

test.each(errors)('%s has its name in a minified bundle', (name) => {
  const Class = small[name as 'LxdError'];
  const shown = name === 'AbortedError' ? 'AbortError' : name;
  expect(Class.name).toBe(name);
  expect(Class.prototype.name).toBe(shown);
});

test('the name of an error can be assigned, as that of any error', () => {
  for (const name of errors) {
    const error = Object.create(small[name as 'LxdError'].prototype) as Error;
    error.name = 'X';
    expect(error.name).toBe('X');
  }
  expect(new small.NotFoundError('gone').name).toBe('NotFoundError');
});

test('errors print their names, in minified bundles too', () => {
  const error = new small.InvalidInputError('wrong');
  expect(String(error)).toBe('InvalidInputError: wrong');
  expect(inspect(error)).toMatch(/^InvalidInputError: wrong\n/);
  expect(error.stack).toMatch(/^InvalidInputError: wrong\n/);
});

test.each([...below(lib.Model), ...below(lib.Manager)])('%s prints as such in a minified bundle', (name) => {
  expect(small[name as 'Profile'].name).toBe(name);
});

test('models print with their class, those of users with theirs', async () => {
  await using client = new small.Client();
  expect(inspect(client.profiles.ref('web'))).toBe("Profile('web', not fetched)");
  class Mine extends small.Profile {}
  expect(inspect(client.profiles.as(Mine).ref('web'))).toBe("Mine('web', not fetched)");
});
