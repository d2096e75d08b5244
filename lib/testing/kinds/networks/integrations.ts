import { kind } from '../../kind/kind.js';
import { Refusal } from '../../state/refusal.js';
import { optionProblem } from '../../validation/options.js';

interface Integration {
  name: string;
  type: string;
  config: Record<string, string>;
}

const options = {
  'ovn.ca_cert': 'any',
  'ovn.client_cert': 'any',
  'ovn.client_key': 'any',
  'ovn.northbound_connection': 'any',
  'ovn.southbound_connection': 'any',
  'ovn.transit.pattern': 'any',
} as const;

const unique = 'UNIQUE constraint failed: networks_integrations.name';

/** Network integrations, of Incus alone. */
export const networkIntegrations = kind<Integration>({
  path: '/1.0/network-integrations/{integration}',
  title: 'network integration',
  extension: 'network_integrations',
  scope: 'server',
  bodies: {
    create: 'NetworkIntegrationsPost',
    write: 'NetworkIntegrationPut',
    rename: 'NetworkIntegrationPost',
  },
  fields: {
    description: { type: 'string', patch: 'keeps' },
    config: { type: 'map', patch: 'needs' },
    name: 'name',
    type: { type: 'string', patch: 'given' },
    used_by: 'users',
  },
  etag: ['description', 'config'],
  order: 'name',
  event: 'network-integration',
  renamesPlainly: true,
  tellsRenameAsDeleted: true,
  texts: {
    missing: [404, 'Network_integration not found'],
    exists: () => [500, `Failed to create "networks_integrations" entry: ${unique}`],
    taken: (name, oldName) =>
      name === oldName ? undefined : [500, `Rename NetworkIntegration failed: ${unique}`],
    lost: () => [500, 'Query affected 0 rows instead of 1'],
  },
  invalid: { create: 400, update: 400 },
  named: () => undefined, // even none is one
  admit({ state, asked }, method, isList) {
    if (method !== 'GET' || state.projects.has(asked)) return;
    const text = `Failed to load network restrictions from project "${asked}": Project not found`;
    throw new Refusal(isList ? 500 : 404, text);
  },
  precheck: ({ type, config }) => {
    const text = type === 'ovn' ? problem(config) : `Invalid integration type "${type}"`;
    return text === undefined ? undefined : [400, text];
  },
  check: ({ config }) => problem(config),
});

function problem(config: Integration['config']): string | undefined {
  return optionProblem(config, options, (key) => `Invalid network integration configuration key "${key}"`);
}
