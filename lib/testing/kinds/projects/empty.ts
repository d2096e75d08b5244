import { Place } from '../../kind/place.js';
import { dict } from '../../state/maps.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import { rootDisk } from '../../devices/root-disk.js';
import { unnameImage } from '../images/state/aliases.js';
import { Power } from '../instances/state/power.js';
import { removeInstance } from '../instances/state/remove.js';
import { networkAcls } from '../networks/acls.js';
import { profiles } from '../profiles/profiles.js';
import type { ProjectRecord } from './project.js';

/** Empties a project as its forced deletion does, up to what the server stumbles over. @throws Refusal */
export function emptied(state: State, project: ProjectRecord): void {
  for (const instance of [...project.instances.values()]) {
    if (instance.status !== 'Stopped') new Power(state, project, instance).stop(false, true);
    removeInstance(state, project, instance);
  }
  const { shelves } = project;
  const ownProfiles = new Place(state, profiles, project, {});
  for (const name of [...shelves.at(['profiles']).keys()]) {
    if (name === 'default') continue;
    ownProfiles.remove(name);
    ownProfiles.tell('delete', name);
  }
  blankDefault(state, project);
  for (const fingerprint of [...shelves.at(['images']).keys()]) {
    shelves.at(['images']).delete(fingerprint);
    state.lifecycle(project.name, 'image-deleted', ['images', fingerprint]);
    unnameImage(state, project, fingerprint);
  }
  const acls = new Place(state, networkAcls, project, {});
  for (const [name, acl] of acls.shelf) {
    const isUsed = (networkAcls.users?.(acl, acls) ?? []).length > 0;
    if (isUsed) throw new Refusal(500, 'Cannot delete an ACL that is in use');
    acls.remove(name);
    acls.tell('delete', name);
  }
  for (const [path, shelf] of shelves.all()) if (path[0] !== 'profiles') shelf.clear();
}

/** Of a project that shares its profiles with `default`, Incus 6.0.4 takes the one of that. */
function blankDefault({ product, projects }: State, project: ProjectRecord): void {
  const owner = project.having('profiles');
  if (owner !== project && product.name === 'lxd') return;
  const profile = project.profiles.get('default');
  const leans = projects
    .sharing(owner, 'profiles')
    .flatMap(({ instances }) => [...instances.values()])
    .some(({ profiles: own, devices }) => own.includes('default') && !rootDisk(devices));
  if (leans && profile && rootDisk(profile.devices))
    throw new Refusal(500, "At least one instance relies on this profile's root disk device");
  if (profile) Object.assign(profile, { config: dict(), devices: dict(), description: '' });
}
