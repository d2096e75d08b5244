import { kind, type Says } from '../../kind/kind.js';
import { findImage } from './state/images.js';
import type { AliasRecord } from './records.js';

const missing: Says = [404, 'Image alias not found'];
const exists = (name: string): Says => [409, `Alias "${name}" already exists`];

/** The aliases of images. */
export const imageAliases = kind<AliasRecord>({
  path: '/1.0/images/aliases/{name}',
  hasSlashes: true,
  title: 'image alias',
  scope: 'project',
  feature: 'images',
  bodies: { create: 'ImageAliasesPost', write: 'ImageAliasesEntryPut', rename: 'ImageAliasesEntryPost' },
  fields: {
    description: { type: 'string', patch: 'keeps' },
    target: { type: 'string', patch: 'keeps' },
    name: 'name',
    type: ({ target }, { project }) => project.images.get(target)?.type ?? 'container',
  },
  etag: ['description', 'target', 'name', 'type'],
  order: 'name',
  event: 'image-alias',
  badFilter: 'ignored',
  readsAnyPatch: 'texts',
  texts: {
    missing,
    exists,
    lost: () => missing,
    project: () => 'Check if project has images: fetch project: Project not found',
  },
  named(name, { shelf }, action) {
    if (action === 'create') return name ? undefined : [400, 'name and target are required'];
    return shelf.has(name) ? exists(name) : undefined;
  },
  precheck: ({ target }) => (target ? undefined : [400, 'name and target are required']),
  shown: ({ target }, { project }) => project.images.get(target)?.public === true,
  putFirst: ({ target }) => (target ? undefined : [400, 'The target field is required']),
  settle(next, { project }) {
    next.target = findImage(project, next.target)?.fingerprint ?? next.target;
  },
  check({ target }, { project, product }, _, method) {
    if (!project.images.has(target)) return [404, 'Image not found'];
    // The real one says so after ten seconds, in which its database waits for itself.
    const isStuck = method === 'PATCH' && product.name === 'lxd';
    return isStuck ? [500, 'context deadline exceeded'] : undefined;
  },
});
