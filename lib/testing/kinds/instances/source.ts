import type { Call } from '../../http/call.js';
import type { Shape } from '../../http/decode.js';
import type { DeviceMap, StringMap } from '../../state/maps.js';
import type { Operation } from '../../state/operation.js';
import type { ImageRecord } from '../images/records.js';
import type { InstanceRecord, InstanceType } from './records.js';
import type { ProjectRecord } from '../projects/project.js';
import { Refusal } from '../../state/refusal.js';
import { copyOf, syncSnapshots } from './state/snapshots.js';
import { fromImage } from './image.js';
import { quirks } from './quirks.js';

/** The `source` of a request for a new instance, or for a new root disk of one. */
export const sourceShape: Shape = {
  type: 'InstanceSource',
  fields: {
    type: 'string',
    alias: 'string',
    fingerprint: 'string',
    properties: 'map',
    server: 'string',
    protocol: 'string',
    certificate: 'string',
    secret: 'string',
    source: 'string',
    project: 'string',
    mode: 'string',
    operation: 'string',
    secrets: 'map',
    'base-image': 'string',
    live: 'bool',
    refresh: 'bool',
    instance_only: 'bool',
    container_only: 'bool',
  },
};

/** The same, read. */
export interface SourceBody {
  type: string;
  alias: string;
  fingerprint: string;
  properties: StringMap;
  server: string;
  protocol: string;
  certificate: string;
  secret: string;
  source: string;
  project: string;
  mode: string;
  operation: string;
  secrets: StringMap;
  'base-image': string;
  live: boolean;
  refresh: boolean;
  instance_only: boolean;
  container_only: boolean;
}

/** What a source gives to the instance that is made of it. */
export interface Source {
  isKnown: boolean;
  /** What the operation names beside the new instance. */
  names: string[];
  image?: ImageRecord;
  type?: InstanceType;
  architecture?: string;
  config?: StringMap;
  devices?: DeviceMap;
  profiles?: string[];
  template?: string;
  baseImage?: string;
  /** Asks another server first; what comes of it is the source then. */
  fetch?: (operation: Operation, type: InstanceType) => Promise<Source>;
  /** Refuses what only the operation finds out. */
  check?: (type: InstanceType) => void;
  /** May it be there already, to become what the source is now? */
  refresh?: boolean;
  /** Completes the instance. */
  finish?: (instance: InstanceRecord) => void;
}

/** Looks up what an instance is to be made of. */
export function resolveSource(call: Call, project: ProjectRecord, source: Partial<SourceBody>): Source {
  switch (source.type) {
    case 'none':
      return { isKnown: true, names: [] };
    case 'image':
      return fromImage(call, project, source);
    case 'copy':
      return fromCopy(call, project, source);
    case 'migration':
      return { isKnown: true, names: [], template: 'copy', ...baseImageOf(source) };
    default:
      return { isKnown: false, names: [] };
  }
}

function baseImageOf({ 'base-image': baseImage }: Partial<SourceBody>): Pick<Source, 'baseImage'> {
  return baseImage ? { baseImage } : {};
}

function fromCopy(call: Call, project: ProjectRecord, body: Partial<SourceBody>): Source {
  if (!body.source) throw new Refusal(400, 'Must specify a source instance');
  const [name = '', snapshotName] = body.source.split('/');
  const from = body.project ? call.state.projects.get(body.project) : project;
  const instance = from?.instances.get(name);
  if (!from || !instance) {
    const where = body.project || project.name;
    throw new Refusal(404, `Failed to fetch instance "${name}" in project "${where}": Instance not found`);
  }
  const snapshot = snapshotName === undefined ? undefined : instance.snapshots.get(snapshotName);
  if (snapshotName !== undefined && !snapshot) {
    throw new Refusal(404, quirks[call.product.name].missing.snapshot(snapshotName, name, from.name));
  }
  const { architecture, config, devices, profiles, files, imageData } = copyOf(snapshot ?? instance);
  const baseImage = config['volatile.base_image'];
  for (const key of Object.keys(config)) if (key.startsWith('volatile.')) delete config[key];
  const isAlone = snapshot === undefined && (body.instance_only === true || body.container_only === true);
  return {
    ...{ isKnown: true, names: [body.source], type: instance.type, architecture, config, devices },
    // Those of its source are a copy's with Incus only.
    profiles: call.product.name === 'incus' ? profiles : [],
    template: 'copy',
    refresh: body.refresh ?? false,
    ...(baseImage !== undefined && { baseImage }),
    finish(made) {
      made.files = files;
      made.imageData = imageData;
      if (!isAlone)
        syncSnapshots(call.state, project, made, snapshot ? [] : [...instance.snapshots.values()]);
    },
  };
}
