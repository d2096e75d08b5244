import type { Call } from '../../http/call.js';
import { flag, listed, projectNames } from '../../http/collection.js';
import type { Shape } from '../../http/decode.js';
import { checkMatch, etag } from '../../http/etag.js';
import { done, started, sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { unnameImage } from './state/aliases.js';
import { imageJson } from './state/images.js';
import { dict, withoutEmpty, type StringMap } from '../../state/maps.js';
import type { ImageRecord } from './records.js';
import type { ProjectRecord } from '../projects/project.js';
import { Refusal } from '../../state/refusal.js';
import { sourceUrl } from '../../state/source-url.js';
import { never } from '../../state/time.js';
import { findVisible, imageProject, visible } from './find.js';
import { exported } from './export.js';
import { makeSecret } from './secret.js';
import { postImage } from './create.js';
import { pushImage } from './push.js';
import { refreshImage } from './refresh.js';
import { quirks } from './quirks.js';

interface ImageBody {
  public: boolean;
  auto_update: boolean;
  properties: StringMap;
  expires_at: string;
  profiles: string[];
}

const put: Shape = {
  type: 'ImagePut',
  fields: {
    public: 'bool',
    auto_update: 'bool',
    properties: 'map',
    expires_at: 'time',
    profiles: 'strings',
  },
};

const guarded = (image: ImageRecord): unknown[] => [image.public, image.autoUpdate, image.properties];

function list(call: Call): Response {
  const names = projectNames(call, true);
  const isOfAll = flag(call, 'all-projects') && call.trusted && call.product.name === 'incus';
  if (
    call.isGuest &&
    !isOfAll &&
    quirks[call.product.name].guestsHaveOneProject &&
    call.projectName !== 'default'
  ) {
    throw new Refusal(400, 'Unauthenticated image queries are only possible against the default project');
  }
  const all = () => new Set(names.map((name) => call.state.project(name).having('images')));
  const projects = names.length > 1 ? all() : [imageProject(call)];
  const items = [...projects].flatMap((project) =>
    [...project.images.values()]
      .filter((image) => isOfAll || visible(call, image))
      .map((image) => ({
        url: sourceUrl('default', ['images', image.fingerprint]), // without its project
        json: () => imageJson(call.product, project, image),
      })),
  );
  return sync(listed(call, items, 500));
}

function read(call: Call): Response {
  const { project, image } = findVisible(call, quirks[call.product.name].missing(call.param('fingerprint')));
  return sync(imageJson(call.product, project, image), etag(guarded(image)));
}

async function replace(call: Call): Promise<Response> {
  const { project, image } = findVisible(call);
  checkMatch(call.request.headers, guarded(image));
  const body = await call.body<ImageBody>(put);
  const { profiles = ['default'], properties = dict(), expires_at: expiresAt } = body;
  const missing = profiles.find((name) => !project.profiles.has(name));
  if (missing !== undefined) {
    throw new Refusal(call.product.typedFilter ? 500 : 400, `Profile '${missing}' doesn't exist`);
  }
  Object.assign(image, {
    profiles,
    properties: withoutEmpty(properties),
    public: body.public ?? false,
    autoUpdate: body.auto_update ?? false,
    ...(expiresAt && expiresAt !== never && { expiresAt }),
  });
  return updated(call, project, image);
}

/** PATCH knows these three; the expiry and the profiles of a PATCH are ignored. */
async function merge(call: Call): Promise<Response> {
  const { project, image } = findVisible(call);
  checkMatch(call.request.headers, guarded(image));
  const body = await call.patch<ImageBody>(put);
  image.public = body.public ?? image.public;
  image.autoUpdate = body.auto_update ?? image.autoUpdate;
  image.properties = withoutEmpty(dict(image.properties, body.properties));
  return updated(call, project, image);
}

function updated(call: Call, project: ProjectRecord, image: ImageRecord): Response {
  call.state.lifecycle(project.name, 'image-updated', ['images', image.fingerprint]);
  return done();
}

function remove(call: Call): Response {
  const { project, image } = findVisible(call);
  const { fingerprint } = image;
  const operation = call.state.operations.start({
    project: project.name,
    description: 'Deleting image',
    resources: { images: [quirks[call.product.name].url(project.name, fingerprint)] },
    run() {
      if (!project.images.delete(fingerprint)) throw new Refusal(404, 'Image not found');
      call.state.lifecycle(project.name, 'image-deleted', ['images', fingerprint]);
      unnameImage(call.state, project, fingerprint);
    },
  });
  return started(operation);
}

/** Images. */
export const imageRoutes: Route[] = [
  { path: '/1.0/images', guests: ['GET', 'POST'], GET: list, POST: postImage },
  {
    path: '/1.0/images/{fingerprint}',
    ...{ guests: true, GET: read, PUT: replace, PATCH: merge, DELETE: remove },
  },
  { path: '/1.0/images/{fingerprint}/export', guests: true, GET: exported, POST: pushImage },
  { path: '/1.0/images/{fingerprint}/secret', POST: makeSecret },
  { path: '/1.0/images/{fingerprint}/refresh', POST: refreshImage },
];
