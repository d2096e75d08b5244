import type { Project } from 'tslxd';
import type { FakeServer } from 'tslxd/testing';
import { callsOn, type Calls } from './call.js';
import { managerCalls, modelCalls } from './kinds.js';

const withProject = {
  before: (fake: FakeServer) => fake.client().projects.create({ name: 'lab', defaultProfile: true }),
};
const full = {
  before: async (fake: FakeServer) => {
    await withProject.before(fake);
    const lab = fake.client().useProject('lab');
    await lab.profiles.create('small');
    await lab.instances.create({ name: 'web', source: { type: 'none' } });
  },
};

const projects = callsOn((client) => client.projects, withProject);
const project = callsOn((client) => client.projects.get('lab'), withProject);

const edit = (model: Project) => {
  model.config['user.odd'] = 'yes';
};

export const projectCalls: Record<string, Calls> = {
  ProjectManager: {
    ...managerCalls((client) => client.projects, { key: 'lab', edit, common: withProject }),
    create: [{}, { defaultProfile: true }].map((more) =>
      projects((of, { timed }) => of.create({ name: 'new', ...more }, timed)),
    ),
    ensure: projects((of, { timed }) => of.ensure('lab', { config: { 'user.odd': 'yes' } }, timed)),
  },

  Project: {
    ...modelCalls(async (client) => client.projects.get('lab'), { edit, common: withProject }),
    state: project((one, { timed }) => one.state(timed)),
    delete: [
      project((one, { timed }) => one.delete(timed)),
      callsOn(
        (client) => client.projects.get('lab'),
        full,
      )((one, { timed }) => one.delete({ force: true, ...timed })),
    ],
  },
};
