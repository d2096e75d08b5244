import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { incus } from '../../lib/testing/products/incus.js';
import { lxd } from '../../lib/testing/products/lxd.js';

const root = join(import.meta.dirname, '../..');

/** The modules of lib, by their paths. */
const modules = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.includes('generated'))
  .map((file) => ({ file, text: readFileSync(join(root, 'lib', file), 'utf8') }));

/** How many lines those whose name matches have. */
function linesOf(name: RegExp): Record<string, number> {
  const ours = modules.filter(({ file }) => name.test(file));
  return Object.fromEntries(ours.map(({ file, text }) => [file, text.split('\n').length - 1]));
}

/** A kind is a declaration here and one in the fake; what one of its items may hold is beside it. */
test('network ACLs cost three small files', () => {
  const cost = linesOf(/acls?(-|\.|\/)/i);
  const [sdk, fake, values] = [
    cost['resources/networks/acl.ts'] ?? Infinity,
    cost['testing/kinds/networks/acls.ts'] ?? Infinity,
    cost['testing/validation/acl-rule.ts'] ?? 0,
  ];
  process.stdout.write(`network ACLs: ${JSON.stringify(cost)}\n`);
  expect(Object.keys(cost).length).toBeLessThanOrEqual(3);
  expect(sdk).toBeLessThanOrEqual(85);
  expect(fake).toBeLessThanOrEqual(100);
  expect(values).toBeLessThanOrEqual(75);
});

test('what is for all kinds names none: a new kind changes nothing there', () => {
  const shared = modules.filter(
    ({ file }) =>
      /\/(rules|records|product|lxd|incus)\.ts$/.test(file) ||
      /^(resources\/kind|testing\/kind|orm)\//.test(file),
  );
  expect(shared.length).toBeGreaterThan(20);
  const code = ({ text }: { text: string }) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  const naming = shared.filter((module) => /network-?acl|\bacls?\b/i.test(code(module)));
  expect(naming.map(({ file }) => file)).toEqual([]);
});

test('in the fake, what is for all kinds knows projects and no other', () => {
  const shared = modules.filter(({ file }) => /^testing\/(http|kind|products|state)\//.test(file));
  expect(shared.length).toBeGreaterThan(30);
  const known = shared.flatMap(({ text }) => [...text.matchAll(/ from '(?:\.\.\/)+kinds\/([^']+)'/g)]);
  expect(new Set(known.map(([, module]) => module))).toEqual(new Set(['projects/project.js']));
});

test.each([lxd, incus])('$name says of itself only what several kinds ask', (product) => {
  expect(Object.keys(product).length).toBeLessThanOrEqual(15);
});
