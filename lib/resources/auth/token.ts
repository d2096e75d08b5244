import { assertOptions, InvalidInputError, ProtocolError, type OptionNames } from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import { assertNoNul, describe, type CallOptions, type JsonMap, type ModelClass } from '../../orm/index.js';
import { asObject } from '../../rest/answers.js';
import { assertFields } from '../kind/given.js';
import type { RestStore } from '../kind/rest-store.js';
import { assertExtension } from '../kind/server-facts.js';

/** Whom a token lets in. */
export interface IdentityTokenInput {
  name: string;
  groups?: readonly string[] | undefined;
}

const tokenNames: OptionNames<IdentityTokenInput> = { name: true, groups: true };

/** The text of a token for a certificate that is not known yet (`identities.createToken()`). */
export async function createIdentityToken(
  store: RestStore,
  Class: ModelClass,
  input: IdentityTokenInput,
  options: CallOptions,
): Promise<string> {
  assertOptions(options, callNames, 'createToken()');
  if (input === undefined) throw new InvalidInputError('createToken() takes the name of whom it lets in');
  assertOptions(input, tokenNames, 'createToken()');
  assertIdentityName(input.name);
  assertFields(input, Class, 'identity');
  await assertTls(store, options);
  const { name, groups = [] } = input;
  const body = { name, groups: [...groups], token: true };
  const request = { method: 'POST', path: '/1.0/auth/identities/tls', body, ...options };
  const token = asObject<JsonMap>(await store.session.send(request), request);
  if (typeof token.secret !== 'string' || token.secret === '')
    throw new ProtocolError(`POST ${request.path}: the server gave no token`);
  return Buffer.from(JSON.stringify(token)).toString('base64');
}

/** Anything but nothing. @throws InvalidInputError */
export function assertIdentityName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || name === '')
    throw new InvalidInputError(`The identity's name must be a non-empty string, not ${describe(name)}`);
  assertNoNul(name, `The identity's name`);
}

/** @throws UnsupportedError where certificates are in the trust store alone */
export async function assertTls(store: RestStore, { signal, timeout }: CallOptions): Promise<void> {
  const options = { signal, timeout };
  await store.assertOffered(options);
  const offer = { verb: 'cannot', what: 'create TLS identities' } as const;
  await assertExtension(store.session, 'access_management_tls', offer, options);
}
