import type { Call } from '../../http/call.js';
import { started } from '../../http/reply.js';
import { atUrl } from '../../remote/url.js';
import { announceImage } from './state/store.js';
import { aliasesOf, nameImage } from './state/aliases.js';
import { dict, withoutEmpty } from '../../state/maps.js';
import type { Operation } from '../../state/operation.js';
import type { ImageRecord } from './records.js';
import type { ProjectRecord } from '../projects/project.js';
import { Dropped, Refusal } from '../../state/refusal.js';
import { bring, downloadImage, speaker, type Downloaded } from './download.js';
import type { ImagePost } from './post.js';

const quirks = {
  lxd: {
    /** Does a fetched image get the profiles that were asked for? LXD overlooks them, even those that are not there. */
    setsProfiles: false,
    /** Does an image that was there already want its own aliases again, where none are asked for? */
    repeatsAliases: false,
  },
  incus: { setsProfiles: true, repeatsAliases: true },
};

/** POST with a source that is an image of another server, or a page of the web. */
export function pullImage(call: Call, body: ImagePost): Response {
  const { state, product } = call;
  const project = call.project();
  const { type, server } = body.source;
  // The real one panics then.
  if (type === 'image' && !server && product.name === 'incus') throw new Dropped();
  const fetch = type === 'url' ? fromUrl : fromServer;
  const operation = state.operations.start({
    project: project.name,
    description: 'Downloading image',
    resources: product.noResources,
    async run(operation) {
      const { image } = await fetch(call, project, body, operation);
      const wantsAliases = body.aliases.length === 0 && quirks[product.name].repeatsAliases;
      const aliases = wantsAliases ? aliasesOf(project, image.fingerprint) : body.aliases;
      overwrite(call, project, image, body);
      const { fingerprint, size } = image;
      operation.replace({ fingerprint, size: String(size) });
      nameImage(state, project, fingerprint, aliases);
      announceImage(state, project, image);
    },
  });
  return started(operation);
}

async function fromServer(
  { state }: Call,
  project: ProjectRecord,
  { source, auto_update: autoUpdate = false, public: isPublic = false }: ImagePost,
  operation: Operation,
): Promise<Downloaded> {
  const { protocol = '', server = '', certificate, secret, image_type: type, project: from } = source;
  const name = source.fingerprint || source.alias;
  if (!name) throw new Refusal(500, 'must specify one of alias or fingerprint for init from image');
  const wanted = { protocol, server, certificate, secret, name, type, project: from };
  return downloadImage(state, project, { ...wanted, autoUpdate, public: isPublic }, operation);
}

async function fromUrl(
  { state }: Call,
  project: ProjectRecord,
  { source }: ImagePost,
  operation: Operation,
): Promise<Downloaded> {
  const remote = await atUrl(source.url ?? '', speaker(state, operation));
  return bring(state, project, remote, operation, {});
}

/** What was asked for beside the image. If anything was, all of it counts, the file's name that was not given too. */
function overwrite({ product }: Call, project: ProjectRecord, image: ImageRecord, body: ImagePost): void {
  const { filename = '', public: isPublic = false, auto_update: autoUpdate = false, properties = {} } = body;
  const { setsProfiles } = quirks[product.name];
  const profiles = setsProfiles ? (body.profiles ?? ['default']) : [];
  const missing = profiles.find((name) => !project.profiles.has(name));
  if (missing !== undefined) throw new Refusal(500, `Profile '${missing}' doesn't exist`);
  const isAsked = isPublic || autoUpdate || filename !== '' || Object.keys(properties).length > 0;
  if (isAsked || profiles.length > 0) {
    const all = withoutEmpty(dict(image.properties, properties));
    Object.assign(image, { filename, public: isPublic, autoUpdate, properties: all });
    if (setsProfiles) image.profiles = profiles;
  }
}
