import type { AliasRecord } from '../records.js';
import type { ProjectRecord } from '../../projects/project.js';
import { Refusal } from '../../../state/refusal.js';
import type { State } from '../../../state/state.js';

/** The names that an image is to have from its beginning. */
export type NewAlias = Omit<AliasRecord, 'target'>;

const path = ['images', 'aliases'];

/** The aliases of a project, by their names. */
export const aliasesIn = (project: ProjectRecord): Map<string, AliasRecord> =>
  project.having('images').shelves.at(path);

/** Those of one image. */
export function aliasesOf(project: ProjectRecord, fingerprint: string): AliasRecord[] {
  return [...aliasesIn(project).values()].filter(({ target }) => target === fingerprint);
}

/** Gives an image that has just come its names; those before one that is taken stay. */
export function nameImage(
  state: State,
  project: ProjectRecord,
  fingerprint: string,
  aliases: readonly NewAlias[],
): void {
  const all = aliasesIn(project);
  for (const { name, description } of aliases) {
    if (all.has(name)) throw new Refusal(500, `Alias already exists: ${name}`);
    all.set(name, { name, description, target: fingerprint });
    tell(state, project, 'created', name, { target: fingerprint });
  }
}

/** The names of an image that has gone, go too. */
export function unnameImage(state: State, project: ProjectRecord, fingerprint: string): void {
  for (const { name } of aliasesOf(project, fingerprint)) {
    aliasesIn(project).delete(name);
    tell(state, project, 'deleted', name);
  }
}

function tell(
  state: State,
  project: ProjectRecord,
  what: string,
  name: string,
  context?: Record<string, string>,
): void {
  // It is not told of aliases that come and go with an image.
  if (state.product.name === 'lxd') return;
  state.lifecycle(project.name, `image-alias-${what}`, [...path, name], context);
}
