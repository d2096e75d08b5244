import type { Call } from '../../http/call.js';
import { byName, listed } from '../../http/collection.js';
import { isObject, parseJson, type Shape } from '../../http/decode.js';
import { checkMatch, etag } from '../../http/etag.js';
import { created, done, sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { findImage } from './state/images.js';
import type { AliasRecord, ImageRecord } from './records.js';
import type { ProjectRecord } from '../projects/project.js';
import { Refusal } from '../../state/refusal.js';
import { imageProject } from './find.js';

interface AliasBody {
  name: string;
  description: string;
  target: string;
}

const put: Shape = {
  type: 'ImageAliasesEntryPut',
  fields: { description: 'string', target: 'string' },
};
const post: Shape = { type: 'ImageAliasesPost', fields: { ...put.fields, name: 'string', type: 'string' } };
const rename: Shape = { type: 'ImageAliasesEntryPost', fields: { name: 'string' } };

function find(call: Call): { project: ProjectRecord; alias: AliasRecord } {
  const project = imageProject(call);
  const alias = project.aliases.get(call.param('name'));
  const isForAll = alias && project.images.get(alias.target)?.public;
  if (!alias || !(call.trusted || isForAll)) throw new Refusal(404, 'Image alias not found');
  return { project, alias };
}

function target(project: ProjectRecord, fingerprint: string): ImageRecord {
  const image = findImage(project, fingerprint);
  if (!image) throw new Refusal(404, 'Image not found');
  return image;
}

function aliasJson(project: ProjectRecord, { name, description, target }: AliasRecord): object {
  return { description, target, name, type: project.images.get(target)?.type ?? 'container' };
}

function refuseExisting(project: ProjectRecord, name: string): void {
  if (project.aliases.has(name)) throw new Refusal(409, `Alias "${name}" already exists`);
}

function list(call: Call): Response {
  const project = imageProject(call);
  const items = byName(project.aliases.values()).map((alias) => ({
    url: call.product.url(project.name, ['images', 'aliases', alias.name]),
    json: () => aliasJson(project, alias),
  }));
  return sync(listed(call, items));
}

async function create(call: Call): Promise<Response> {
  const project = imageProject(call);
  const { name, target: wanted, description = '' } = await call.body<AliasBody>(post);
  if (!name || !wanted) throw new Refusal(400, 'name and target are required');
  refuseExisting(project, name);
  const { fingerprint } = target(project, wanted);
  project.aliases.set(name, { name, description, target: fingerprint });
  tell(call, project, 'created', name);
  return created(call.product.url(project.name, ['images', 'aliases', name]));
}

async function replace(call: Call): Promise<Response> {
  const { target: wanted, description = '' } = await call.body<AliasBody>(put);
  if (!wanted) throw new Refusal(400, 'The target field is required');
  const { project, alias } = find(call);
  checkMatch(call.request.headers, aliasJson(project, alias));
  Object.assign(alias, { target: target(project, wanted).fingerprint, description });
  tell(call, project, 'updated', alias.name);
  return done();
}

async function merge(call: Call): Promise<Response> {
  const value = parseJson(await call.text());
  await call.patch({ type: put.type, fields: {} });
  const { project, alias } = find(call);
  checkMatch(call.request.headers, aliasJson(project, alias));
  const next = { ...alias };
  for (const key of ['target', 'description'] as const) {
    const given = isObject(value) ? value[key] : undefined;
    if (given === undefined) continue;
    if (typeof given !== 'string') throw new Refusal(400, `\`${key}\` was not a string`);
    next[key] = given;
  }
  next.target = target(project, next.target).fingerprint;
  // The real one says so after ten seconds, in which its database waits for itself.
  if (call.product.name === 'lxd') throw new Refusal(500, 'context deadline exceeded');
  project.aliases.set(alias.name, next);
  tell(call, project, 'updated', alias.name);
  return done();
}

async function move(call: Call): Promise<Response> {
  const { name = '' } = await call.body<AliasBody>(rename);
  const { project, alias } = find(call);
  refuseExisting(project, name);
  project.aliases.delete(alias.name);
  project.aliases.set(name, { ...alias, name });
  tell(call, project, 'renamed', name, { old_name: alias.name });
  return created(call.product.url(project.name, ['images', 'aliases', name]));
}

function remove(call: Call): Response {
  const { project, alias } = find(call);
  project.aliases.delete(alias.name);
  tell(call, project, 'deleted', alias.name);
  return done();
}

function tell(
  call: Call,
  project: ProjectRecord,
  what: string,
  name: string,
  context?: Record<string, unknown>,
): void {
  call.state.lifecycle(project.name, `image-alias-${what}`, ['images', 'aliases', name], context);
}

/** The aliases of images: their names may have slashes, encoded or not. */
export const imageAliasRoutes: Route[] = [
  { path: '/1.0/images/aliases', GET: list, POST: create },
  {
    path: '/1.0/images/aliases/{name*}',
    guests: true,
    GET(call) {
      const { project, alias } = find(call);
      const json = aliasJson(project, alias);
      return sync(json, etag(json));
    },
    PUT: replace,
    PATCH: merge,
    POST: move,
    DELETE: remove,
  },
];
