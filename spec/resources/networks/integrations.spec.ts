import { describeSubjects } from '../support.js';
import { tellOfIntegrations } from './integration-stories.js';

describeSubjects('network integrations', tellOfIntegrations);
