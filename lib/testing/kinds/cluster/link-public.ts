import { X509Certificate } from 'node:crypto';
import type { Call } from '../../http/call.js';
import { fingerprintOf } from '../../http/certificate.js';
import { done, sync } from '../../http/reply.js';
import { dict } from '../../state/maps.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import { parsed } from '../certificates/store.js';
import { addLink, linksOf, type LinkPost, type LinkRecord } from './link-records.js';
import { shownAt, withPort } from './link-remote.js';

/** A public link: first what the other cluster shows, then that it is right. */
export async function createPublic({ state, trusted }: Call, given: Partial<LinkPost>): Promise<Response> {
  const { name = '', trust_token: token, auth_groups: groups = [], remote_address: address = '' } = given;
  if (!trusted) throw new Refusal(403, 'not authorized');
  if (!name) throw new Refusal(400, 'Public cluster links require a name');
  if (token) throw new Refusal(400, 'Trust token cannot be set for public cluster links');
  if (groups.length > 0) throw new Refusal(400, 'Auth groups cannot be set for public cluster links');
  if (!address) throw new Refusal(400, 'Public cluster links require remote_address');
  const link = linksOf(state).get(name);
  if (given.cluster_certificate) return confirm(state, name, link, given.cluster_certificate);
  if (link && link.type !== 'public')
    throw new Refusal(409, `Cluster link "${name}" already exists and is not a public cluster link`);
  if (link?.config['volatile.addresses'])
    throw new Refusal(409, `Cluster link "${name}" has already been confirmed`);
  const shown = await shownAt(withPort(address)).catch((error: unknown) => {
    throw new Refusal(500, `Failed retrieving certificate from "${address}": ${(error as Error).message}`);
  });
  const certificate = shown.toString();
  const pending = {
    'volatile.pending_certificate': certificate,
    'volatile.pending_address': withPort(address),
  };
  if (link) Object.assign(link.config, given.config, pending);
  else addLink(state, { ...given, config: dict(given.config, pending) }, {});
  return sync({ fingerprint: fingerprintOf(shown), certificate });
}

function confirm(state: State, name: string, link: LinkRecord | undefined, text: string): Response {
  const certificate = parsed(text, 'Failed parsing cluster certificate: ');
  if (!link)
    throw new Refusal(
      404,
      `Failed loading pending cluster link "${name}": Failed loading cluster link: Cluster link not found`,
    );
  if (link.config['volatile.addresses'])
    throw new Refusal(409, `Cluster link "${name}" has already been confirmed`);
  const {
    'volatile.pending_certificate': pending = '',
    'volatile.pending_address': address = '',
    ...rest
  } = link.config;
  if (!pending) throw new Refusal(500, `Cluster link "${name}" has no pending certificate to confirm`);
  if (fingerprintOf(new X509Certificate(pending)) !== fingerprintOf(certificate)) {
    const text =
      'Certificate does not match the certificate returned when the pending cluster link was created';
    throw new Refusal(400, text);
  }
  Object.assign(link, { config: dict(rest, { 'volatile.addresses': address }), certificate: pending });
  state.lifecycle('default', 'cluster-link-updated', ['cluster', 'links', name]);
  return done();
}
