import { started } from '../../http/reply.js';
import type { Place } from '../../kind/place.js';
import type { Kind, Thing } from '../../kind/kind.js';
import { dict, withoutEmpty, type StringMap } from '../../state/maps.js';
import { Refusal } from '../../state/refusal.js';
import { copyOf } from './state/content.js';
import { inBlocks } from './state/size.js';
import { followVolume } from './disks.js';
import type { State } from '../../state/state.js';
import { defaultsIn, lost, poolsOf, snapshotsOf, volumesOf, type Volume } from './shelves.js';

/** What a copy is made of. */
export interface CopySource {
  type: string;
  name: string;
  pool: string;
  project: string;
  volume_only: boolean;
  refresh: boolean;
}

/** The volumes of a place, as they are kept. */
const shelfOf = ({ project, param }: Place) => volumesOf(project, param('poolName'), param('type'));
const snapshotShelfOf = ({ project, param }: Place, name: string) =>
  snapshotsOf(project, param('poolName'), param('type'), name);

/** A new volume's config with what its pool has for all. */
export function filled(state: State, { param }: Place, config: StringMap): StringMap {
  for (const [key, value] of Object.entries(defaultsIn(state, param('poolName')))) config[key] ||= value;
  return config;
}

/** What of a config the driver knows. */
export function knownConfig(kind: Kind, place: Place, volume: Thing & { config: StringMap }): StringMap {
  const known = Object.entries(withoutEmpty(volume.config)).filter(([key, value]) => {
    const says = kind.check?.({ ...volume, config: dict({ [key]: value }) }, place, undefined, 'POST');
    return !(typeof says === 'string' && says.startsWith('Invalid option'));
  });
  return dict(Object.fromEntries(known));
}

/** Copies a volume, or one of its snapshots, with its snapshots unless that is asked for. */
export function copyVolume(
  kind: Kind,
  place: Place,
  from: Partial<CopySource>,
  body: Partial<Thing> & { name: string },
): Response {
  const { state, project, product } = place;
  const { name } = body;
  const operation = state.operations.start({
    project: project.name,
    description: 'Copying storage volume',
    resources: product.noResources,
    run() {
      const { name: asked = '', pool = '', project: owner = project.name, volume_only: alone } = from;
      if (!poolsOf(state).has(pool)) throw new Refusal(404, 'Storage pool not found');
      const source = state.project(owner).having('storage.volumes');
      const [volume = '', snapshot] = asked.split('/');
      const found =
        snapshot === undefined
          ? volumesOf(source, pool).get(volume)
          : snapshotsOf(source, pool, 'custom', volume).get(snapshot);
      if (!found)
        throw new Refusal(
          404,
          `Failed generating volume copy config: ${lost(source, pool, 'custom', asked)}`,
        );
      const own = body.config ? withoutEmpty(body.config as StringMap) : dict(found.config);
      // On its way between pools, what is not known is lost without a word.
      const isNear = pool === place.param('poolName');
      const known = () => knownConfig(kind, place, { ...found, name, config: own });
      const config = filled(state, place, isNear ? own : inBlocks(known(), found.content_type));
      const description = (body.description as string | undefined) || found.description;
      const says = kind.check?.({ ...found, name, config }, place, undefined, 'POST');
      // Of a copy LXD, too, says the plain name.
      if (typeof says === 'string') throw new Refusal(500, says.replace(`"${project.name}_`, '"'));
      shelfOf(place).set(name, { ...copyOf(found), name, config, description, created_at: state.now() });
      const snapshots =
        snapshot === undefined && !alone ? [...snapshotsOf(source, pool, 'custom', volume).values()] : [];
      for (const one of snapshots) snapshotShelfOf(place, name).set(one.name, copyOf(one));
      place.tell('create', name);
    },
  });
  return started(operation);
}

/** Moves a volume with its snapshots to another pool, project, or both. */
export function moveVolume(place: Place, name: string, target: Place, newName: string): Response {
  const { state, project, product } = place;
  const operation = state.operations.start({
    project: project.name,
    description: 'Moving storage volume',
    resources: product.noResources,
    run() {
      const volume = place.find(name) as unknown as Volume;
      const isNear = target.param('poolName') === place.param('poolName');
      const config = filled(
        state,
        target,
        isNear ? volume.config : inBlocks(volume.config, volume.content_type),
      );
      shelfOf(target).set(newName, { ...volume, name: newName, config });
      for (const [key, one] of snapshotShelfOf(place, name)) snapshotShelfOf(target, newName).set(key, one);
      followVolume(place, name, { source: newName, pool: target.param('poolName') });
      target.tell('create', newName);
      place.remove(name);
      place.tell('delete', name);
    },
  });
  return started(operation);
}
