import type { StringMap } from '../state/maps.js';
import { sourceUrl } from '../state/source-url.js';
import type { State } from '../state/state.js';

/** The URLs of the instances and profiles that have a device such as this. */
export function deviceUsers(state: State, fits: (device: StringMap) => boolean): string[] {
  return [...state.projects.values()].flatMap((project) =>
    (['instances', 'profiles'] as const).flatMap((kind) =>
      [...project[kind].values()].flatMap(({ name, devices }) =>
        Object.values(devices).some(fits) ? [sourceUrl(project.name, [kind, name])] : [],
      ),
    ),
  );
}
