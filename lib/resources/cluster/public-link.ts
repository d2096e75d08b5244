import {
  AlreadyExistsError,
  CertificateError,
  ConflictError,
  ProtocolError,
  ResponseError,
} from '../../errors/index.js';
import type { CallOptions, JsonMap } from '../../orm/index.js';
import { asObject } from '../../rest/answers.js';
import { certificateIn } from '../certificates/fingerprint.js';
import type { RestStore } from '../kind/rest-store.js';
import type { ClusterLinkInput } from './link.js';

/**
 * The certificate of the other cluster as this server sees it, as PEM text: it has fetched it, for a link that is of no use
 * until it is told that the certificate is right. @throws CertificateError where it is another; then there is no link
 */
export async function offeredCertificate(
  store: RestStore,
  { name, type, description, config, remoteAddress, certificate: expected }: ClusterLinkInput,
  options: CallOptions,
): Promise<string> {
  const body = { name, type, description, config, remote_address: remoteAddress };
  const request = { method: 'POST', path: store.collection, body, ...options };
  const answer = await store.session.send(request).catch((error: unknown) => {
    if (!(error instanceof ConflictError)) throw error;
    const { message, status, method, path } = error;
    const text = `There is a cluster link '${name}' already; ensure() takes one that is there: ${message}`;
    throw new AlreadyExistsError(text, { cause: error, status, method, path });
  });
  const { certificate } = asObject<JsonMap>(answer, request);
  if (typeof certificate !== 'string' || certificate === '')
    throw new ProtocolError(`POST ${request.path}: the server told no certificate`);
  const { certificate: pem, fingerprint: offered } = certificateIn(certificate);
  if (offered === expected) return pem;
  await remove(store, name);
  throw new CertificateError(
    `Cluster link '${name}': ${String(remoteAddress)} shows the certificate ${offered}, not ${String(expected)}`,
    { expected, offered },
  );
}

/** The end of a creation that leaves nothing behind where it is refused; one that was made before stays. */
export async function withdrawn<T>(store: RestStore, name: string, creation: Promise<T>): Promise<T> {
  try {
    return await creation;
  } catch (error) {
    if (error instanceof ResponseError && !(error instanceof ConflictError)) await remove(store, name);
    throw error;
  }
}

/** What goes wrong with it is not what its maker wants to know. */
async function remove(store: RestStore, name: string): Promise<void> {
  await store.remove(name, { ifExists: true, wait: true }, () => undefined).catch(() => undefined);
}
