import { named } from '../../errors/index.js';
import { field } from '../../orm/index.js';
import type { NetworkIntegrationConfig } from '../../rest/endpoints/index.js';
import { configSecrets } from '../kind/config-secrets.js';
import type { InputOf } from '../kind/input.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';

/**
 * A network integration: the connection to the OVN of another deployment, for peers of networks; Incus
 * (`/1.0/network-integrations/{integration}`).
 */
export class NetworkIntegration extends Resource {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  /** Addresses of the OVN databases, and the credentials; nothing connects before a peer is created. */
  @field({ writable: true, form: 'map', secret: configSecrets }) config!: NetworkIntegrationConfig;
  /** `ovn`: there are no others. */
  @field() readonly type!: 'ovn' | (string & {});
  /** URLs of the networks whose peers use it. */
  @field({ form: 'list' }) readonly usedBy!: readonly string[];
}

/** A new network integration; its type is `ovn` without another. */
export type NetworkIntegrationInput = InputOf<NetworkIntegration, 'description' | 'config' | 'type'>;

/** @internal */
export const networkIntegrations = kind<NetworkIntegration, NetworkIntegrationInput>({
  name: 'network integration',
  path: '/1.0/network-integrations/{integration}',
  model: NetworkIntegration,
  // A PATCH without a config drops the connection.
  writes: { partial: false, emptyIsUnset: ['config'], checkedLoosely: true },
  filter: 'incus',
  needs: { extension: 'network_integrations' },
  allProjects: 'always', // they are in no project
  body: (body) => ({ type: 'ovn', ...body }),
  events: { of: 'network-integration' },
});

named({ NetworkIntegration });
