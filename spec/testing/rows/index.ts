import type { Row } from '../walk.js';
import { certificates } from './certificates.js';
import { imageAliases } from './image-aliases.js';
import { networkAcls } from './network-acls.js';
import { allNetworks } from './networks.js';
import { networkIntegrations } from './network-integrations.js';
import { networkZones } from './network-zones.js';
import { profiles } from './profiles.js';
import { projectRow } from './projects.js';
import { storage } from './storage.js';
import { volumeData } from './volume-data.js';
import { volumeMoves } from './volume-moves.js';

/** What each declared kind is asked beside what all are. */
export const rows: readonly Row[] = [
  networkAcls,
  ...allNetworks,
  networkIntegrations,
  ...networkZones,
  ...storage,
  ...volumeData,
  volumeMoves,
  profiles,
  imageAliases,
  projectRow,
  certificates,
];
