import { assertOptions, InvalidInputError, UnsupportedError } from '../../errors/index.js';
import { run, startNames, type Ended, type StartOptions } from '../../operations/index.js';
import type { JsonMap } from '../../orm/index.js';
import { asObject } from '../../rest/answers.js';
import type { Session } from '../../rest/session.js';
import { serverFacts } from '../kind/server-facts.js';
import { mapOf } from './copy/body.js';
import { checkSource, type RebuildSource } from './source.js';

const extension = 'instances_rebuild';

/** Makes an instance's root disk anew (POST /1.0/instances/{name}/rebuild). */
export async function rebuildInstance<T, W extends boolean>(
  session: Session,
  path: string,
  given: RebuildSource | undefined,
  options: StartOptions<W>,
  finish: () => T | Promise<T>,
): Promise<Ended<T, W>> {
  assertOptions(options, startNames, 'rebuild()');
  const checked = given === undefined ? undefined : checkSource(given, 'rebuild()');
  if (checked && checked.kind !== 'request')
    throw new InvalidInputError(
      "rebuild() takes an image, or { type: 'none' }; a copy or backup makes a new instance",
    );
  const { signal } = options;
  const { extensions, product } = await serverFacts(session, { signal });
  if (!extensions.has(extension)) {
    const server = product === 'lxd' ? 'This LXD' : 'This Incus';
    throw new UnsupportedError(`${server} cannot rebuild instances (API extension ${extension})`, extension);
  }
  const source = checked?.source ?? (await ownImage(session, path, signal));
  return run(session, { method: 'POST', path: `${path}/rebuild`, body: { source } }, options, finish);
}

/** The image that it was made of. */
async function ownImage(session: Session, path: string, signal: AbortSignal | undefined): Promise<JsonMap> {
  const request = { method: 'GET', path, signal };
  const { config } = asObject<JsonMap>(await session.send(request), request);
  const fingerprint = mapOf(config)['volatile.base_image'];
  if (typeof fingerprint === 'string') return { type: 'image', fingerprint };
  throw new InvalidInputError("rebuild(): it was not created from an image; pass one, or { type: 'none' }");
}
