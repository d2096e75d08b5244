// A project for a team, with limits: what is in it, what it uses, and away with all of it.
import { isLxdError } from 'tslxd';
import { connect } from './support/connect.js';
import { unique } from './support/names.js';

await using client = await connect(); // in your own code: await Client.connect()
const name = unique('team');
const source = { type: 'none' } as const;

// Its instances get the root disk of the `default` profile here; that of a new project is empty otherwise.
const project = await client.projects.create({
  name,
  description: 'Two small containers, and no more',
  config: { 'limits.containers': '2', 'limits.memory': '1GiB' },
  defaultProfile: true,
});

try {
  const team = client.useProject(project); // the same managers, in the project
  for (const each of ['one', 'two'])
    await team.containers.create({ name: each, source, config: { 'limits.memory': '256MiB' } });
  console.log('in it:', (await team.containers.names()).sort());

  const { containers, memory } = await project.state();
  console.log('containers:', containers.usage, 'of', containers.limit);
  console.log('memory:', memory.usage / 1024 ** 2, 'of', (memory.limit ?? Infinity) / 1024 ** 2, 'MiB');

  const third = { name: 'three', source, config: { 'limits.memory': '256MiB' } };
  await team.containers.create(third).catch((error: unknown) => {
    console.log('no third one:', isLxdError(error) && error.code);
  });

  project.config['limits.containers'] = '3'; // one key, and all others stay as they are
  await project.save();
  await team.containers.create(third);
  console.log('in it now:', (await team.containers.names()).length);

  // A name that is wrong is not an empty project.
  await client
    .useProject(`${name}-typo`)
    .containers.all()
    .catch((error: unknown) => {
      console.log('a typo:', isLxdError(error) && error.code);
    });

  await project.delete().catch((error: unknown) => {
    console.log('not while anything is in it:', isLxdError(error) && error.code);
  });
} finally {
  await project.delete({ force: true }); // with all that is its own, and nothing that is shared
}
console.log('gone:', !(await client.projects.exists(name)));
