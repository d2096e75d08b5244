import { describeFakes } from '../support.js';
import { play, stories } from './stories.js';
import { smallImage } from '../../support/small-image.js';

describeFakes('watch() tells the life of', (start) => {
  it.each(stories.map((story) => [story.title, story] as const))('%s', async (_, story) => {
    const { client, server } = await start();
    server.addInstance({ name: 'web' });
    const bytes = () => Promise.resolve(smallImage());
    const names = { instance: 'web', renamed: 'db', one: 'one', two: 'two', bytes };
    const told = await play(story, client, names);
    expect(told).toEqual(story.expected(names));
  });
});
