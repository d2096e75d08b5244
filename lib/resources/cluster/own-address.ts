import { InvalidInputError } from '../../errors/index.js';
import { describe, isMap, type CallOptions } from '../../orm/index.js';
import { asObject } from '../../rest/answers.js';
import type { Session } from '../../rest/session.js';

/** Whether an address stands for all of a host: `:8443`, `0.0.0.0:8443`, `[::]:8443`. */
function isWildcard(address: string): boolean {
  const host = address.replace(/:\d*$/, '');
  return host === '' || host === '0.0.0.0' || /^\[?::\]?$/.test(host) || address === '::';
}

/** Where others reach the server: undefined if that cannot be told. */
export async function ownAddress(session: Session, options: CallOptions): Promise<string | undefined> {
  const request = { method: 'GET', path: '/1.0', ...options };
  const { config } = asObject<{ config?: unknown }>(await session.send(request), request);
  const { 'cluster.https_address': own, 'core.https_address': all } = isMap(config) ? config : {};
  const address = typeof own === 'string' && own !== '' ? own : all;
  return typeof address === 'string' && !isWildcard(address) ? address : undefined;
}

/** @throws InvalidInputError where others could not reach it */
export async function assertOwnAddress(
  session: Session,
  method: string,
  options: CallOptions,
): Promise<void> {
  if ((await ownAddress(session, options)) !== undefined) return;
  throw new InvalidInputError(
    `${method}: the members of a cluster must reach the server at an address of its own: set core.https_address in ` +
      "client.server.config to one, such as '10.0.0.1:8443', which is no wildcard, and save() it",
  );
}

/** @throws InvalidInputError for what is no address of a member */
export function assertAddress(address: unknown, method: string): asserts address is string | undefined {
  if (address === undefined) return;
  const isAddress = typeof address === 'string' && /^[^\s/@]+$/.test(address);
  if (isAddress && !isWildcard(address)) return;
  throw new InvalidInputError(
    `${method}: address must be where the other members reach this server, such as '10.0.0.2:8443', not ${describe(address)}`,
  );
}
