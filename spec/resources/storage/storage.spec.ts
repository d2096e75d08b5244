import { describeSubjects } from '../support.js';
import { tellOfVolumeData } from './data-stories.js';
import { tellOfStorage } from './stories.js';

describeSubjects('storage', (subject) => {
  tellOfStorage(subject);
  tellOfVolumeData(subject);
});
