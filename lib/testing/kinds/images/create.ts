import type { Call } from '../../http/call.js';
import { started } from '../../http/reply.js';
import { isFormType } from '../../http/form.js';
import { receive, receiveForm, type Upload } from './upload.js';
import { nameImage, type NewAlias } from './state/aliases.js';
import { readImage, saidBy } from './state/archive.js';
import { dict, isOn, type StringMap } from '../../state/maps.js';
import { announceImage, keepImage } from './state/store.js';
import type { ImageRecord } from './records.js';
import { Refusal } from '../../state/refusal.js';
import { never } from '../../state/time.js';
import { useSecret } from './find.js';
import { imagePost, isImagePost } from './post.js';
import { publish } from './publish.js';
import { pullImage } from './pull.js';
import { offer } from './secret.js';

/** What is known of an upload before it comes. */
interface Expected {
  about: Pick<ImageRecord, 'public'> & Partial<ImageRecord>;
  /** The properties of the image, by those that its archive says. */
  properties: (own: StringMap) => StringMap;
  aliases: readonly NewAlias[];
  /** With which who is not trusted can wait for the end. */
  secret?: string;
}

/** What such a token says. */
interface Offered {
  aliases: NewAlias[] | null;
  expires_at: string;
  properties: StringMap | null;
  public: boolean;
}

/** POST: a request in JSON describes the source, anything else is the image itself, whatever its content type. */
export async function postImage(call: Call): Promise<Response> {
  const type = call.request.headers.get('content-type') ?? '';
  if (!call.isGuest && (type === 'application/json' || (await isRequest(call)))) return fromSource(call);
  const expected = call.isGuest ? fromOffer(call) : fromHeaders(call);
  if (!expected) {
    await receive(call.pieces()); // who still sends hears nothing
    throw new Refusal(403, 'not authorized');
  }
  const came = await (isFormType(type) ? receiveForm(type, call.pieces()) : receive(call.pieces()));
  return upload(call, came, expected);
}

/** Only what begins as JSON is read whole to find out. */
async function isRequest(call: Call): Promise<boolean> {
  const start = (await call.beginning()).toString('latin1', 0, 64);
  return /^\s*(?:\{|null)/.test(start) && isImagePost(await call.text(), call.product);
}

async function fromSource(call: Call): Promise<Response> {
  const body = await imagePost(call);
  const { type = '', mode, fingerprint = '' } = body.source;
  if (['container', 'instance', 'virtual-machine', 'snapshot'].includes(type)) return publish(call, body);
  if (type !== 'image' && type !== 'url') throw new Refusal(500, 'Invalid images JSON');
  if (mode !== 'push' || type === 'url') return pullImage(call, body);
  const { aliases, properties = null, public: isPublic = false, expires_at: expiry = never } = body;
  const named = aliases.length > 0 ? aliases : null;
  const what: Offered = { aliases: named, expires_at: expiry, properties, public: isPublic };
  return offer(call, call.project().name, fingerprint, { ...what });
}

function fromHeaders(call: Call): Expected {
  const said = queryMap(call.header('properties'));
  const isPublic = isOn(call.header('public'));
  return { about: { public: isPublic }, properties: (own) => dict(own, said), aliases: [] };
}

/** What was said when the secret of this upload was asked for. */
function fromOffer(call: Call): Expected | undefined {
  const { state } = call;
  const token = useSecret(state, call.header('secret'), call.header('fingerprint') ?? '');
  if (!token) return undefined;
  const { aliases, expires_at: expiresAt, ...said } = token.metadata as unknown as Offered;
  return {
    about: { public: said.public, ...(expiresAt !== never && { expiresAt }) },
    properties: () => dict(said.properties ?? {}),
    ...{ aliases: aliases ?? [], secret: state.chance.hex(32) },
  };
}

function upload(call: Call, came: Upload, { secret, aliases, about, properties }: Expected): Response {
  const { state, product } = call;
  const project = call.project();
  const { data, metadata, fingerprint, size, problem } = came;
  const wanted = call.header('fingerprint');
  const profiles = new URLSearchParams(call.header('profiles')).getAll('profile');
  const operation = state.operations.start({
    project: project.name,
    description: 'Downloading image',
    resources: product.noResources,
    ...(secret && { metadata: { secret } }),
    async run(operation) {
      if (problem !== undefined) throw new Refusal(500, problem);
      if (wanted && wanted !== fingerprint) {
        throw new Refusal(500, `fingerprints don't match, got ${fingerprint} expected ${wanted}`);
      }
      const archive = await readImage(data, metadata);
      const type = came.type ?? (archive ? archive.type : 'container');
      if (!type) throw new Refusal(500, 'Invalid instance type');
      operation.update({ fingerprint, size: String(size) });
      if (project.images.has(fingerprint))
        throw new Refusal(500, 'Image with same fingerprint already exists');
      const image = keepImage(state, project, {
        ...{ fingerprint, size, data, metadata, ...(archive && saidBy(archive)), ...about, type },
        properties: properties(archive?.imageData.metadata.properties ?? dict()),
        // A header's bytes are read as Latin 1, and sent as UTF-8.
        filename: came.filename ?? Buffer.from(call.header('filename') ?? '', 'latin1').toString(),
        ...(profiles.length > 0 && { profiles }),
      });
      nameImage(state, project, fingerprint, aliases);
      announceImage(state, project, image);
    },
  });
  return started(operation);
}

function queryMap(text: string | undefined): StringMap {
  const map = dict<string>();
  for (const [key, value] of new URLSearchParams(text)) map[key] = value;
  return map;
}
