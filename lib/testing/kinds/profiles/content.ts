import type { Call } from '../../http/call.js';
import type { Shape } from '../../http/decode.js';
import { checkMatch } from '../../http/etag.js';
import { done } from '../../http/reply.js';
import { configProblem } from '../../validation/config.js';
import { devicesProblem, rootDisk } from '../../validation/devices.js';
import { dict, withoutEmpty, type DeviceMap, type StringMap } from '../../state/maps.js';
import type { InstanceRecord } from '../instances/records.js';
import type { ProfileRecord } from './records.js';
import type { ProjectRecord } from '../projects/project.js';
import { Refusal } from '../../state/refusal.js';

/** What a request can say of a profile. */
export interface ProfileBody {
  name: string;
  description: string;
  config: StringMap;
  devices: DeviceMap;
}

/** The shape of a write. */
export const profilePut: Shape = {
  type: 'ProfilePut',
  fields: { description: 'string', config: 'map', devices: 'devices' },
};

/** The project of the request. */
export function projectOf(call: Call): ProjectRecord {
  return call.project(`Failed loading project "${call.projectName}": Project not found`);
}

/** The instances that use a profile. */
export function users(project: ProjectRecord, profile: string): InstanceRecord[] {
  return [...project.instances.values()].filter((instance) => instance.profiles.includes(profile));
}

/** The profile of the request; the message is what this method says of one that does not exist. */
export function find(call: Call, message: string): { project: ProjectRecord; profile: ProfileRecord } {
  const project = projectOf(call);
  const profile = project.profiles.get(call.param('name'));
  if (!profile) throw new Refusal(404, message);
  return { project, profile };
}

/** What the ETag of a profile covers. */
export const guarded = ({ config, description, devices }: ProfileRecord): unknown[] => [
  config,
  description,
  devices,
];

/** Refuses a content that the server would refuse. */
export function checkContent(
  call: Call,
  status: number,
  { config, devices }: Pick<ProfileBody, 'config' | 'devices'>,
): void {
  const problem = configProblem(call.product.name, 'any', config) ?? devicesProblem(devices);
  if (problem) throw new Refusal(status, problem);
}

function write(
  call: Call,
  project: ProjectRecord,
  profile: ProfileRecord,
  next: Omit<ProfileBody, 'name'>,
): Response {
  checkContent(call, 500, next);
  const pool = rootDisk(profile.devices)?.pool;
  const leaning = (instance: InstanceRecord): boolean => !rootDisk(instance.devices)?.pool;
  if (pool && pool !== rootDisk(next.devices)?.pool && users(project, profile.name).some(leaning)) {
    throw new Refusal(500, "At least one instance relies on this profile's root disk device");
  }
  Object.assign(profile, next, { config: withoutEmpty(next.config) });
  call.state.lifecycle(project.name, 'profile-updated', ['profiles', profile.name]);
  return done();
}

/** PUT. */
export async function replaceProfile(call: Call): Promise<Response> {
  const name = call.param('name');
  const { project, profile } = find(call, `Failed to retrieve profile "${name}": Profile not found`);
  checkMatch(call.request.headers, guarded(profile));
  const { description = '', config = dict(), devices = dict() } = await call.body<ProfileBody>(profilePut);
  return write(call, project, profile, { description, config, devices });
}

/** PATCH. */
export async function mergeProfile(call: Call): Promise<Response> {
  const name = call.param('name');
  const { project, profile } = find(call, `Failed to retrieve profile="${name}": Profile not found`);
  checkMatch(call.request.headers, guarded(profile));
  const { description = profile.description, config, devices } = await call.patch<ProfileBody>(profilePut);
  const next = { description, config: dict(profile.config, config), devices: dict(profile.devices, devices) };
  return write(call, project, profile, next);
}
