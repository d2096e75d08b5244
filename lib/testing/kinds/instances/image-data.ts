import type { Call } from '../../http/call.js';
import type { Shape } from '../../http/decode.js';
import { checkMatch, etag } from '../../http/etag.js';
import { done, sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { noMetadata } from './state/image-data.js';
import { dict, sorted } from '../../state/maps.js';
import type { ImageData, ImageMetadata, LogFile } from './records.js';
import { Refusal } from '../../state/refusal.js';
import { fileHeaders } from '../files.js';
import { findInstance, type Found } from './find.js';

const shape: Shape = {
  type: 'ImageMetadata',
  fields: {
    architecture: 'string',
    creation_date: 'int',
    expiry_date: 'int',
    properties: 'map',
    templates: 'objects',
  },
};

function imageData({ instance }: Found): ImageData {
  return instance.imageData ?? { templates: new Map() };
}

function tell(call: Call, { project, instance }: Found, what: string, context?: object): void {
  const path = ['instances', instance.name];
  call.state.lifecycle(project.name, `instance-metadata-${what}`, path, { ...context });
}

function readMetadata(call: Call): Response {
  const found = findInstance(call);
  const { metadata } = imageData(found);
  if (!metadata) return sync(noMetadata);
  tell(call, found, 'retrieved');
  return sync(metadata, etag(metadata));
}

/** As YAML gives it back: maps where there were none, and each template with all of its fields. */
function stored(body: Partial<ImageMetadata>): ImageMetadata {
  const templates = dict<object>();
  for (const [path, template] of Object.entries(body.templates ?? {})) {
    templates[path] = { when: null, create_only: false, template: '', properties: {}, ...template };
  }
  return {
    architecture: body.architecture ?? '',
    creation_date: body.creation_date ?? 0,
    expiry_date: body.expiry_date ?? 0,
    properties: sorted(dict(body.properties ?? {})),
    templates: sorted(templates),
  };
}

function writeMetadata(call: Call, found: Found, metadata: ImageMetadata): Response {
  found.instance.imageData = { ...imageData(found), metadata };
  tell(call, found, 'updated');
  return done();
}

/** Without a look at `If-Match`, as both servers. */
async function replaceMetadata(call: Call): Promise<Response> {
  const body = await call.body<ImageMetadata>(shape);
  return writeMetadata(call, findInstance(call), stored(body));
}

async function mergeMetadata(call: Call): Promise<Response> {
  const found = findInstance(call);
  const present = imageData(found).metadata ?? noMetadata;
  checkMatch(call.request.headers, present);
  const body = await call.body<ImageMetadata>(shape);
  const properties = dict(present.properties ?? {}, body.properties ?? {});
  const templates = dict(present.templates ?? {}, body.templates ?? {});
  return writeMetadata(call, found, stored({ ...present, ...body, properties, templates }));
}

/** The template of the request; Go joins the path first, so that a way out of the folder is found by its slash. */
function templateName(call: Call): string {
  const name = call.target.query.get('path') ?? '';
  if (name === '') throw new Refusal(400, 'missing path argument');
  if (name.includes('/')) throw new Refusal(500, 'Invalid template filename');
  return name;
}

function templateOf(found: Found, name: string): LogFile {
  const template = imageData(found).templates.get(name);
  if (!template) throw new Refusal(404, `Template "${name}" not found`);
  return template;
}

function readTemplates(call: Call): Response {
  const found = findInstance(call);
  if (!call.target.query.get('path')) return sync([...imageData(found).templates.keys()].sort());
  const name = templateName(call);
  const { data, modified } = templateOf(found, name);
  tell(call, found, 'template-retrieved', { path: name });
  return new Response(new Uint8Array(data), { headers: fileHeaders(name, data, modified) });
}

function setTemplates(found: Found, change: (templates: Map<string, LogFile>) => void): void {
  const templates = new Map(imageData(found).templates);
  change(templates);
  found.instance.imageData = { ...imageData(found), templates };
}

async function writeTemplate(call: Call): Promise<Response> {
  const found = findInstance(call);
  const name = templateName(call);
  const data = await call.bytes();
  setTemplates(found, (templates) => templates.set(name, { data, modified: call.state.clock.now() }));
  tell(call, found, 'template-created', { path: name });
  return done();
}

function removeTemplate(call: Call): Response {
  const found = findInstance(call);
  const name = templateName(call);
  templateOf(found, name);
  setTemplates(found, (templates) => templates.delete(name));
  tell(call, found, 'template-deleted', { path: name });
  return done();
}

/** The metadata and templates that an instance has of its image, below one of the paths that name it. */
export function imageDataRoutes(path: string): Route[] {
  return [
    { path: `${path}/{name}/metadata`, GET: readMetadata, PUT: replaceMetadata, PATCH: mergeMetadata },
    {
      path: `${path}/{name}/metadata/templates`,
      GET: readTemplates,
      POST: writeTemplate,
      DELETE: removeTemplate,
    },
  ];
}
