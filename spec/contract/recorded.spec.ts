import { readFile } from 'node:fs/promises';
import type { Shape } from './shape.js';
import { describeContract } from './subject.js';
import { walk } from './walk.js';

// The recordings are made by `npm run record`; the fake is held to them where there is no server to ask.
describeContract('the shapes of answers', (subject) => {
  it('are those that were recorded', async () => {
    const file = new URL(`./recorded/${subject.product}.json`, import.meta.url);
    const recorded = JSON.parse(await readFile(file, 'utf8')) as { answers: Record<string, Shape> };
    expect(await walk(subject)).toEqual(recorded.answers);
  });
});
