import { describeSubjects } from '../support.js';
import { tellOfZones } from './zone-stories.js';

describeSubjects('network zones', tellOfZones);
