import { parseCertificates, parsePrivateKey } from '../../connect/pem.js';
import { assertOptions, InvalidInputError, type OptionNames } from '../../errors/index.js';

/** A certificate for all members of a cluster. */
export interface ClusterCertificate {
  /** PEM text. */
  certificate: string;
  /** PEM text of its private key. It is a secret. */
  key: string;
}

const names: OptionNames<ClusterCertificate> = { certificate: true, key: true };

/** What the server wants of it. @throws InvalidInputError for what is no PEM text, and for two that are not of one pair */
export function pairBody(pair: ClusterCertificate): object {
  const method = 'updateCertificate()';
  if (pair === undefined)
    throw new InvalidInputError(`${method} takes { certificate, key }, both as PEM text`);
  assertOptions(pair, names, method);
  const [certificate] = parseCertificates(pair.certificate, `${method}: certificate`);
  const key = parsePrivateKey(pair.key, `${method}: key`);
  if (!certificate.checkPrivateKey(key))
    throw new InvalidInputError(`${method}: key is not the private key of certificate`);
  return { cluster_certificate: pair.certificate, cluster_certificate_key: pair.key };
}
