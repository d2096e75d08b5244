import type { StringMap } from '../state/maps.js';
import type { Feature, ProjectRecord } from './projects/project.js';
import type { State } from '../state/state.js';
import { sourceUrl } from '../state/source-url.js';

/** The URLs of the instances and profiles that have such a device, in the projects that have what this one has. */
export function usersOf(
  { projects }: State,
  project: ProjectRecord,
  feature: Feature,
  fits: (device: StringMap) => boolean,
): string[] {
  return projects.sharing(project, feature).flatMap((one) => deviceUsers(one, fits));
}

/** The URLs of the instances and profiles of a project that have a device such as this. */
export function deviceUsers(project: ProjectRecord, fits: (device: StringMap) => boolean): string[] {
  const profiles = project.having('profiles') === project ? project.profiles : new Map<string, never>();
  return Object.entries({ instances: project.instances, profiles }).flatMap(([kind, things]) =>
    [...things.values()].flatMap(({ name, devices }) =>
      Object.values(devices).some(fits) ? [sourceUrl(project.name, [kind, name])] : [],
    ),
  );
}
