import type { Call } from '../http/call.js';
import { isObject, parseJson } from '../http/decode.js';
import { started } from '../http/reply.js';
import { dict, type StringMap } from '../state/maps.js';
import { storeImage } from '../state/image-store.js';
import { Dropped, Refusal } from '../state/refusal.js';
import { receive, receiveForm, type Upload } from './image-upload.js';
import { publish } from './image-publish.js';

function queryMap(text: string | undefined): StringMap {
  const map = dict<string>();
  for (const [key, value] of new URLSearchParams(text)) map[key] = value;
  return map;
}

/**
 * POST: a JSON body describes the source, anything else is the image itself. What the archive says of
 * itself is not read: the fake takes any bytes.
 */
export async function postImage(call: Call): Promise<Response> {
  const type = call.request.headers.get('content-type') ?? '';
  if (type.startsWith('multipart/')) return upload(call, await receiveForm(call.request));
  return type.startsWith('application/octet-stream')
    ? upload(call, await receive(call.request))
    : fromSource(call);
}

function upload(call: Call, came: Upload): Response {
  const { state, product } = call;
  const project = call.project();
  const { data, metadata, type, fingerprint, size, problem } = came;
  if (size === 0 && problem === undefined) throw new Refusal(400, 'EOF');
  const expected = call.header('fingerprint');
  const profiles = new URLSearchParams(call.header('profiles')).getAll('profile');
  const operation = state.operations.start({
    project: project.name,
    description: 'Downloading image',
    resources: product.noResources,
    run(operation) {
      if (problem !== undefined) throw new Refusal(500, problem);
      if (expected && expected !== fingerprint) {
        throw new Refusal(500, `fingerprints don't match, got ${fingerprint} expected ${expected}`);
      }
      operation.update({ fingerprint, size: String(size) });
      if (project.images.has(fingerprint))
        throw new Refusal(500, 'Image with same fingerprint already exists');
      storeImage(state, project, {
        ...{ fingerprint, size, data, metadata, type },
        // A header's bytes are read as Latin 1, and sent as UTF-8.
        filename: came.filename ?? Buffer.from(call.header('filename') ?? '', 'latin1').toString(),
        properties: queryMap(call.header('properties')),
        public: /^(?:1|true|yes|on)$/i.test(call.header('public') ?? ''),
        ...(profiles.length > 0 && { profiles }),
      });
    },
  });
  return started(operation);
}

async function fromSource(call: Call): Promise<Response> {
  const body = parseJson(await call.text());
  // Neither product looks before it reads the type of what is not there.
  if (!isObject(body) || !isObject(body.source)) throw new Dropped();
  const { type } = body.source;
  if (['container', 'instance', 'virtual-machine', 'snapshot'].includes(String(type))) return publish(call);
  if (type === 'image' || type === 'url') {
    throw new Refusal(501, 'tslxd/testing does not fetch images from elsewhere');
  }
  throw new Refusal(500, 'Invalid images JSON');
}
