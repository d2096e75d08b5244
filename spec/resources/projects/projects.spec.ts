import { describeSubjects } from '../support.js';
import { tellOfProjects } from './stories.js';

describeSubjects(
  'projects',
  (subject, server) => {
    beforeAll(() => server().addImage({ aliases: ['busybox'] }));
    tellOfProjects(subject);
  },
  { newer: ['projects_force_delete', 'project_delete_operation'] },
);
