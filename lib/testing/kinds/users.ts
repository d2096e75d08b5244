import type { StringMap } from '../state/maps.js';
import type { ProjectRecord } from './projects/project.js';
import type { State } from '../state/state.js';
import { sourceUrl } from '../state/source-url.js';

/** The same of all projects. */
export function usersAnywhere({ projects }: State, fits: (device: StringMap) => boolean): string[] {
  return [...projects.values()].flatMap((project) => deviceUsers(project, fits));
}

/** The URLs of the instances and profiles of a project that have a device such as this. */
export function deviceUsers(project: ProjectRecord, fits: (device: StringMap) => boolean): string[] {
  return (['instances', 'profiles'] as const).flatMap((kind) =>
    [...project[kind].values()].flatMap(({ name, devices }) =>
      Object.values(devices).some(fits) ? [sourceUrl(project.name, [kind, name])] : [],
    ),
  );
}
