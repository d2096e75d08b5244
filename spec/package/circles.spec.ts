import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const lib = join(import.meta.dirname, '../../lib');

/** What a module loads when it runs: `import type` goes when it is compiled. */
function loadedBy(file: string): string[] {
  const code = readFileSync(join(lib, file), 'utf8');
  const statements = code.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^;'"]*?\bfrom\s+)?'(\.[^']+)\.js'/gm);
  return [...statements].map(([, path = '']) => `${normalize(join(dirname(file), path))}.ts`);
}

/** The ways along imports that come back to where they began. */
function circles(): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, way: string[]): void => {
    const start = way.indexOf(file);
    if (start >= 0) found.push([...way.slice(start), file].join(' → '));
    if (start >= 0 || done.has(file)) return;
    for (const next of loadedBy(file)) visit(next, [...way, file]);
    done.add(file);
  };
  const files = readdirSync(lib, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.ts'))) visit(file, []);
  return found;
}

it('no module of lib loads itself by way of others', () => {
  expect(loadedBy('client.ts')).toEqual(expect.arrayContaining(['resources/instances/manager.ts']));
  expect(circles()).toEqual([]);
});
