import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { incus } from '../../lib/testing/products/incus.js';
import { lxd } from '../../lib/testing/products/lxd.js';

const root = join(import.meta.dirname, '../..');

/** The TypeScript files of a directory, by their paths. */
const filesOf = (directory: string) =>
  readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('generated'))
    .map((file) => ({
      file: `${directory}/${file}`,
      text: readFileSync(join(root, directory, file), 'utf8'),
    }));

/** A text without its comments. */
const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');

const naming = /network-?acl|\bacls?\b/i;
const modules = filesOf('lib');

/** A kind is a declaration here and one in the fake, and a row of what both are asked; all else only lists it. */
test('network ACLs cost three small files', () => {
  const all = [...modules, ...filesOf('spec/testing')].filter(({ text }) => naming.test(code(text)));
  const own = all.filter(({ file, text }) => {
    const lines = code(text)
      .split('\n')
      .filter((line) => line.trim() !== '');
    const share = lines.filter((line) => naming.test(line)).length / lines.length;
    return /acls?(-|\.|\/)/i.test(file) || share > 0.5;
  });
  // Without comments, of which there cannot be too many.
  const size = (text: string) =>
    code(text)
      .split('\n')
      .filter((line) => line.trim() !== '').length;
  const cost = Object.fromEntries(own.map(({ file, text }) => [file, size(text)]));
  const lines = Object.values(cost).reduce((sum, count) => sum + count, 0);
  process.stdout.write(`network ACLs: ${lines} lines, ${JSON.stringify(cost)}\n`);
  expect(Object.keys(cost).sort()).toEqual([
    'lib/resources/networks/acl.ts',
    'lib/testing/kinds/networks/acls.ts',
    'spec/testing/rows/network-acls.ts',
  ]);
  expect(lines).toBeLessThanOrEqual(150);
});

test('what is for all kinds names none: a new kind changes nothing there', () => {
  const shared = modules.filter(
    ({ file }) =>
      /\/(rules|records|product|lxd|incus)\.ts$/.test(file) ||
      /^lib\/(resources\/kind|testing\/(kind|validation)|orm)\//.test(file),
  );
  expect(shared.length).toBeGreaterThan(20);
  const odd = shared.filter(({ text }) => naming.test(code(text)));
  expect(odd.map(({ file }) => file)).toEqual([]);
});

test('in the fake, what is for all kinds knows projects and no other', () => {
  const shared = modules.filter(({ file }) => /^lib\/testing\/(http|kind|products|state)\//.test(file));
  expect(shared.length).toBeGreaterThan(30);
  const known = shared.flatMap(({ text }) => [...text.matchAll(/ from '(?:\.\.\/)+kinds\/([^']+)'/g)]);
  expect(new Set(known.map(([, module]) => module))).toEqual(new Set(['projects/project.js']));
});

test.each([lxd, incus])('$name says of itself only what several kinds ask', (product) => {
  expect(Object.keys(product).length).toBeLessThanOrEqual(15);
});
