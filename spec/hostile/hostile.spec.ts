import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify, inspect } from 'node:util';
import * as tslxd from 'tslxd';
import { bundle } from '../support/bundle.js';
import { attempt, managersOf } from '../support/managers.js';
import { staticCalls, table } from './calls/index.js';
import { oddities } from './oddities.js';

const names: ReadonlyMap<symbol, string> = new Map([
  [Symbol.asyncIterator, 'asyncIterator'],
  [Symbol.asyncDispose, 'asyncDispose'],
  [inspect.custom, 'inspect'],
]);

/** What every result is asked for when it is looked at. */
const printing = new Set(['toJSON', 'inspect']);

/** The methods of a class and of those that it extends. */
function methodsOf(prototype: object): string[] {
  const found = new Set<string>();
  for (let at = prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const key of Reflect.ownKeys(at)) {
      const { value } = Object.getOwnPropertyDescriptor(at, key)!;
      if (key === 'constructor' || typeof value !== 'function') continue;
      found.add(typeof key === 'symbol' ? (names.get(key) ?? key.toString()) : key);
    }
  }
  return [...found];
}

const isClass = (value: unknown): value is abstract new () => object =>
  typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));

/** All that users can call, by the name of its class; of managers of a class that many kinds share, by their place. */
function publicMethods(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const exported = new Set<object>();
  for (const [name, Class] of Object.entries(tslxd)) {
    if (!isClass(Class)) continue;
    const prototype = Class.prototype as object;
    if (prototype instanceof Error || isAbstract.has(name)) continue;
    exported.add(prototype);
    found.set(name, methodsOf(prototype));
  }
  found.get('Client')?.push('request'); // is typed as a property
  const seen = new Set<object>();
  const visit = (owner: object, title: string) => {
    for (const [name, manager] of managersOf(owner)) {
      const prototype = Object.getPrototypeOf(manager) as object;
      const own = exported.has(prototype) ? prototype.constructor.name : `${title}.${name}`;
      if (!exported.has(prototype)) found.set(own, methodsOf(prototype));
      const model = ['a', 'a/b'].flatMap((key) => attempt(() => manager.ref(key)))[0];
      for (const next of [manager, ...(model ? [model] : [])]) {
        const Class = Object.getPrototypeOf(next) as object;
        if (seen.has(Class)) continue;
        seen.add(Class);
        visit(next, next === manager ? own : Class.constructor.name);
      }
    }
  };
  const client = new tslxd.Client({ socketPath: '/nowhere' });
  visit(client, 'client');
  visit(client.auth, 'client.auth');
  return found;
}

/** What nobody has but as something that extends it. */
const isAbstract = new Set(['Model', 'Manager', 'FileAccess', 'StoredBackup']);

test('every public method of every class is walked, or the table says why not', () => {
  const missing: string[] = [];
  const stale: string[] = [];
  const methods = publicMethods();
  for (const [Class, own] of methods)
    for (const method of own)
      if (!printing.has(method) && !Object.hasOwn(table[Class] ?? {}, method))
        missing.push(`${Class}.${method}`);
  for (const [Class, calls] of Object.entries(table))
    for (const [method, call] of Object.entries(calls))
      if (!('quiet' in call) && !methods.get(Class)?.includes(method)) stale.push(`${Class}.${method}`);
  // A new method has to be added to spec/hostile/calls.
  expect({ missing, stale }).toEqual({ missing: [], stale: [] });
  expect(Object.keys(staticCalls.Client!)).toEqual(
    Object.getOwnPropertyNames(tslxd.Client).filter(
      (name) => !['length', 'name', 'prototype'].includes(name),
    ),
  );
});

test('every way to call a server ends in an LxdError or in a right result, in time, and leaves nothing behind', async () => {
  const shares = availableParallelism();
  const density = process.env.CI ? 2 : 8; // of so many combinations, one is walked
  const { folder, remove } = await bundle([join(import.meta.dirname, 'walk.child.ts')]);
  try {
    const walks = Array.from({ length: shares }, async (_, share) => {
      const args = [
        '--enable-source-maps',
        join(folder, 'walk.child.mjs'),
        ...[share, shares, density].map(String),
      ];
      // A process that does not end by itself is killed, and fails the spec.
      const { stdout } = await promisify(execFile)(process.execPath, args, {
        maxBuffer: 2 ** 28,
        timeout: 900_000, // on a machine that has other specs to run
      });
      return JSON.parse(stdout) as { walked: number; faults: string[] };
    });
    const results = await Promise.all(walks);
    const walked = results.reduce((sum, result) => sum + result.walked, 0);
    process.stdout.write(
      `hostile: ${String(walked)} combinations walked of ${String(Object.keys(table).length)} classes and ${String(oddities.length)} odd answers\n`,
    );
    expect(results.flatMap(({ faults }) => faults)).toEqual([]);
  } finally {
    await remove();
  }
}, 920_000);
