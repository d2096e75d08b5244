import { describeSubjects, newerLxd } from '../support.js';
import { tellOfMoves } from './moves.js';

// And one request lists the volumes of all pools there.
const newer = [...newerLxd, 'storage_volumes_all'];

describeSubjects(
  'volumes',
  (subject, server) => {
    const { client, uniqueName } = subject;
    beforeAll(() => server().addImage({ aliases: ['busybox'] }));
    tellOfMoves({
      ...subject,
      makeStartable: (input) =>
        client().instances.create({ name: uniqueName('web'), source: { alias: 'busybox' }, ...input }),
      makeProject: async (ownVolumes) => {
        const name = uniqueName('p');
        const features = { 'features.images': 'false', 'features.profiles': 'false' };
        const config = { ...features, 'features.storage.volumes': String(ownVolumes) };
        await client().projects.create({ name, config });
        return name;
      },
    });
  },
  { newer },
);
