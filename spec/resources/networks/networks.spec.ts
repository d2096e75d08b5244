import { describeSubjects } from '../support.js';
import { tellOfForwards } from './forward-stories.js';
import { tellOfNetworks } from './network-stories.js';

describeSubjects(
  'networks',
  (subject) => {
    describe('networks', () => tellOfNetworks({ ...subject, hostInterface: 'lo' }));
    describe('forwards', () => tellOfForwards(subject));
  },
  { options: { operationTime: 1 } },
);
