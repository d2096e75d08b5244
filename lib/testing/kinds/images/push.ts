import { isObject, type Shape } from '../../http/decode.js';
import type { Call } from '../../http/call.js';
import { started } from '../../http/reply.js';
import { RemoteServer } from '../../remote/server.js';
import type { ImageRecord } from './records.js';
import { speaker } from './download.js';
import { imageBody } from './export.js';
import { findVisible } from './find.js';
import { Refusal } from '../../state/refusal.js';

/** What a push fails with where the import at the other end has failed. */
const importFailed = {
  lxd: (problem: string) => new Refusal(500, `Failed operation "Failure": "${problem}"`),
  // The code of the failure is that of the answer which told of it.
  incus: (problem: string) => new Refusal(200, problem),
};

interface ExportBody {
  target: string;
  certificate: string;
  secret: string;
  project: string;
}

const shape: Shape = {
  type: 'ImageExportPost',
  fields: { target: 'string', certificate: 'string', secret: 'string', project: 'string' },
};

/** POST: the image goes to another server, which has given a secret for that. */
export async function pushImage(call: Call): Promise<Response> {
  const { state, product } = call;
  const { project, image } = findVisible(call);
  const body = await call.body<ExportBody>(shape);
  const { target = '', certificate } = body;
  // Whether it can be reached is told at once.
  await RemoteServer.connect(target, { product, certificate, signal: call.request.signal });
  const { fingerprint } = image;
  const operation = state.operations.start({
    project: project.name,
    description: 'Downloading image',
    resources: product.noResources,
    async run(operation) {
      await send(new RemoteServer(target, speaker(state, operation, certificate)), image, body, call);
      state.lifecycle(project.name, 'image-retrieved', ['images', fingerprint], { target });
    },
  });
  return started(operation);
}

/** Uploads it, and waits until the other has taken it in. */
async function send(
  server: RemoteServer,
  image: ImageRecord,
  { secret = '', project }: Partial<ExportBody>,
  { product }: Call,
): Promise<void> {
  const { fingerprint } = image;
  // A virtual machine's root file system goes by the same name, so that a container's image arrives.
  const { headers, bytes } = imageBody(image);
  const own = { filename: fingerprint, fingerprint, secret };
  for (const [name, value] of Object.entries(own)) headers[`${product.headerPrefix}${name}`] = value;
  const query = project ? `?project=${encodeURIComponent(project)}` : '';
  const { id, metadata } = await server.read(`/1.0/images${query}`, {
    method: 'POST',
    ...{ headers, body: bytes },
  });
  const word = isObject(metadata) ? String(metadata.secret) : '';
  const end = await server
    .read(`/1.0/operations/${String(id)}/wait?secret=${word}&timeout=-1`)
    .catch((error: unknown) => ({ err: (error as Error).message }));
  if (typeof end.err === 'string' && end.err !== '') throw importFailed[product.name](end.err);
}
