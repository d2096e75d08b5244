import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median, type Row } from './measure.js';

/** What `import 'tslxd'` costs a fresh process, from the built package. */
export function benchImport(): Row[] {
  const entry = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
  const script = (target: string) =>
    `const a = performance.now(), r = process.memoryUsage().rss; await import(${JSON.stringify(target)});` +
    'console.log(performance.now() - a, (process.memoryUsage().rss - r) / 1e6, process.memoryUsage().rss / 1e6)';
  const measure = (target: string) => {
    const runs = Array.from({ length: 9 }, () =>
      execFileSync(process.execPath, ['--input-type=module', '-e', script(target)], {
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
      })
        .toString()
        .split(' ')
        .map(Number),
    );
    return [0, 1, 2].map((column) => median(runs.map((run) => run[column] ?? NaN)));
  };
  const [ours = NaN, oursRss = NaN, whole = NaN] = measure(entry);
  const [gots = NaN, gotsRss = NaN] = measure('got');
  return [
    {
      what: 'import time (vs. got alone)',
      ours: `${ours.toFixed(0)} ms`,
      theirs: `${gots.toFixed(0)} ms`,
      ratio: ours / gots,
      wanted: '<= 150 ms',
    },
    {
      what: `RSS that the import adds (process then ${whole.toFixed(0)} MB)`,
      ours: `${oursRss.toFixed(1)} MB`,
      theirs: `${gotsRss.toFixed(1)} MB`,
      ratio: oursRss / gotsRss,
      wanted: 'printed',
    },
  ];
}
