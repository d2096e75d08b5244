import { buildTinyImage } from '../../examples/support/tiny-image.js';
import { play, stories } from '../resources/watch/stories.js';
import { makeEmpty, useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('watch() tells the life of', (server) => {
  const { client } = useClient(server);
  const namesOf = (instance: string) => ({
    instance,
    renamed: server.uniqueName('renamed'),
    one: server.uniqueName('one'),
    two: server.uniqueName('two'),
    bytes: () => buildTinyImage({ salt: server.uniqueName('salt') }),
  });

  it.each(stories.map((story) => [story.title, story] as const))('%s', async (_, story) => {
    const names = namesOf((await makeEmpty(server, client)).name);
    expect(await play(story, client, names)).toEqual(story.expected(names));
  });

  it('profiles that a project shares with the project default, which is named in their events', async () => {
    const project = server.uniqueName('lean');
    await server.run('POST', '/1.0/projects', { name: project, config: { 'features.profiles': 'false' } });
    const names = namesOf('none');
    expect(await play(stories[0]!, client.useProject(project), names)).toEqual(stories[0]!.expected(names));
  });

  it('images, whose aliases are part of them', async () => {
    const alias = server.uniqueName('alias');
    const changes = client.images.watch();
    const lines: string[] = [];
    const bytes = await buildTinyImage({ salt: server.uniqueName('salt') });
    const image = await client.images.create(bytes, { properties: { a: alias } });
    for await (const change of changes) {
      if (change.type === 'synced' || change.key !== image.key) continue;
      lines.push(`${change.type} ${change.model.aliases.map(({ name }) => name).join()}`);
      if (change.type === 'added') await client.images.aliases.create({ name: alias, target: image });
      else if (change.type === 'changed') await image.delete();
      else break;
    }
    expect(lines).toEqual(['added ', `changed ${alias}`, `removed ${alias}`]);
  });
});
