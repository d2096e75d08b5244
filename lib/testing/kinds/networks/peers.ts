import { kind, since } from '../../kind/kind.js';
import type { Place } from '../../kind/place.js';
import { hostnameProblem } from '../../validation/name.js';
import { networkAbove } from './listeners.js';
import { peersOf, type Peer } from './records.js';

// No server here has OVN: what it says was seen elsewhere, on Incus 6.0.4 and 7.

/** The other half of a link, if it is there. */
function otherHalf({ project, param }: Place<Peer>, peer: Peer): Peer | undefined {
  const own = param('networkName');
  return [...peersOf(project, peer.target_network).values()].find((one) => one.target_network === own);
}

/** Has its other half been there, and gone? A new one has a target. */
const isBroken = (peer: Peer) => peer.target_network === '';

/** Network peers. */
export const networkPeers = kind<Peer>({
  path: '/1.0/networks/{networkName}/peers/{peerName}',
  title: 'network peer',
  extension: 'network_peer',
  scope: 'project',
  feature: 'networks',
  bodies: { create: 'NetworkPeersPost', write: 'NetworkPeerPut' },
  fields: {
    name: 'name',
    description: { type: 'string', patch: 'blanks' },
    config: { type: 'map', patch: 'blanks' },
    target_project: { type: 'string', patch: 'given' },
    target_network: { type: 'string', patch: 'given' },
    status: (peer, place) => (isBroken(peer) ? 'Errored' : otherHalf(place, peer) ? 'Created' : 'Pending'),
    used_by: () => [],
    type: since('network_integrations', ({ type }) => type),
    target_integration: since('network_integrations', ({ target_integration }) => target_integration),
  },
  etag: ['name', 'description', 'config', 'target_project', 'target_network', 'status'],
  event: 'network-peer',
  ignoresMatch: true,
  texts: {
    missing: [404, 'Network peer not found'],
    exists: () => [409, 'Failed creating peer: A peer for that name already exists'],
  },
  named(name, { product }) {
    if (!name) return [400, 'Name is required'];
    const wrong = hostnameProblem(product, name);
    return wrong && `Failed creating peer: ${wrong}`;
  },
  admit: (place) => void networkAbove(place, ['ovn'], 'peering'),
  precheck({ target_network: target }, { shelf }) {
    if (!target) return [400, 'Target network is required'];
    const isTwice = [...shelf.values()].some((one) => one.target_network === target);
    return isTwice ? [409, 'Failed creating peer: A peer for that target network already exists'] : undefined;
  },
  settle(peer, { project }, before) {
    if (before) return;
    peer.target_project ||= project.name;
    peer.type = 'local';
    peer.target_integration = '';
  },
  check({ config }, _, before) {
    const odd = Object.keys(config).find((key) => !key.startsWith('user.'));
    const doing = before ? 'updating' : 'creating';
    return odd === undefined ? undefined : `Failed ${doing} peer: Invalid option "${odd}"`;
  },
  removing(name, place) {
    const other = otherHalf(place, place.find(name));
    if (other) Object.assign(other, { target_network: '', target_project: '' });
  },
});
