import { dict, type StringMap } from '../../state/maps.js';
import type { State } from '../../state/state.js';

/** A link as it is kept. */
export interface LinkRecord {
  name: string;
  description: string;
  type: string;
  config: StringMap;
  /** The identity that the other cluster is here, by its id before it has come in. */
  identity?: object | undefined;
  /** PEM text of the certificate of the other cluster, once it is known. */
  certificate?: string | undefined;
}

export function linksOf(state: State): Map<string, LinkRecord> {
  return state.shelves.at<LinkRecord>(['cluster', 'links']);
}

/** What a POST of one says. */
export interface LinkPost {
  name: string;
  description: string;
  config: StringMap;
  type: string;
  trust_token: string;
  auth_groups: string[];
  cluster_certificate: string;
  remote_address: string;
}

/** Keeps a new one, and tells of it. */
export function addLink(
  state: State,
  { name = '', description = '', type = '', config }: Partial<LinkPost>,
  { addresses, ...known }: Pick<LinkRecord, 'identity' | 'certificate'> & { addresses?: readonly string[] },
): void {
  const linked = addresses && { 'volatile.addresses': addresses.join(',') };
  linksOf(state).set(name, { name, description, type, config: dict(config, linked), ...known });
  state.lifecycle('default', 'cluster-link-created', ['cluster', 'links', name]);
}
