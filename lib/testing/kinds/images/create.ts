import type { Call } from '../../http/call.js';
import { isObject } from '../../http/decode.js';
import { started } from '../../http/reply.js';
import { isFormType } from '../../http/form.js';
import { receive, receiveForm, type Upload } from './upload.js';
import { nameImage, type NewAlias } from './state/aliases.js';
import { dict, type StringMap } from '../../state/maps.js';
import { announceImage, keepImage } from './state/store.js';
import type { ImageRecord } from './records.js';
import { Refusal } from '../../state/refusal.js';
import { never } from '../../state/time.js';
import { useSecret } from './find.js';
import { imagePost } from './post.js';
import { publish } from './publish.js';
import { pullImage } from './pull.js';
import { offer } from './secret.js';

/** What is known of an upload before it comes. */
interface Expected {
  about: Pick<ImageRecord, 'public' | 'properties'> & Partial<ImageRecord>;
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

/**
 * POST: a JSON body describes the source, anything else is the image itself, whatever its content type. What the archive
 * says of itself is not read: the fake takes any bytes.
 */
export async function postImage(call: Call): Promise<Response> {
  const type = call.request.headers.get('content-type') ?? '';
  const isBytes = isFormType(type) || type.startsWith('application/octet-stream');
  if (!isBytes && call.trusted && (type.startsWith('application/json') || isJson(await call.text())))
    return fromSource(call);
  const body = isBytes ? ((call.request.body ?? []) as AsyncIterable<Uint8Array>) : call.pieces();
  const expected = call.trusted ? fromHeaders(call) : fromOffer(call);
  if (!expected) {
    if (isBytes) await receive(body); // who still sends hears nothing
    throw new Refusal(403, 'not authorized');
  }
  if (isFormType(type)) return upload(call, await receiveForm(type, body), expected);
  const came = await receive(body);
  // Of nothing, no type says what it is: the operation finds out.
  return upload(call, came.size > 0 || isBytes ? came : { ...came, problem: 'EOF' }, expected);
}

function isJson(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
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
  const properties = queryMap(call.header('properties'));
  const isPublic = /^(?:1|true|yes|on)$/i.test(call.header('public') ?? '');
  return { about: { properties, public: isPublic }, aliases: [] };
}

/** What was said when the secret of this upload was asked for. */
function fromOffer(call: Call): Expected | undefined {
  const { state } = call;
  const token = useSecret(state, call.header('secret'), call.header('fingerprint') ?? '');
  if (!token) return undefined;
  const { aliases, expires_at: expiresAt, ...said } = token.metadata as unknown as Offered;
  const about = { properties: dict(said.properties ?? {}), public: said.public };
  return {
    about: { ...about, ...(expiresAt !== never && { expiresAt }) },
    ...{ aliases: aliases ?? [], secret: state.chance.hex(32) },
  };
}

function upload(call: Call, came: Upload, { secret, aliases, about }: Expected): Response {
  const { state, product } = call;
  const project = call.project();
  const { data, metadata, type, fingerprint, size, problem } = came;
  if (size === 0 && problem === undefined) throw new Refusal(400, 'EOF');
  const wanted = call.header('fingerprint');
  const profiles = new URLSearchParams(call.header('profiles')).getAll('profile');
  const operation = state.operations.start({
    project: project.name,
    description: 'Downloading image',
    resources: product.noResources,
    ...(secret && { metadata: { secret } }),
    run(operation) {
      if (problem !== undefined) throw new Refusal(500, problem);
      if (wanted && wanted !== fingerprint) {
        throw new Refusal(500, `fingerprints don't match, got ${fingerprint} expected ${wanted}`);
      }
      operation.update({ fingerprint, size: String(size) });
      if (project.images.has(fingerprint))
        throw new Refusal(500, 'Image with same fingerprint already exists');
      const image = keepImage(state, project, {
        ...{ fingerprint, size, data, metadata, type, ...about },
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
