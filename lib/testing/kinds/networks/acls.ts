import { listField, namers } from '../../kind/items.js';
import { kind, since } from '../../kind/kind.js';
import { optionProblem } from '../../validation/options.js';
import { subjectNameProblem } from '../../validation/name.js';
import { listOf } from '../../validation/values.js';
import { usersOf } from '../users.js';
import { networksWith } from './records.js';

const actions = { lxd: 'allow, drop, reject', incus: 'allow, allow-stateless, drop, reject' };
const port = { list: 'port', only: { with: 'protocol', of: 'tcp, udp' } } as const;
const ofIcmp = { with: 'protocol', of: 'icmp4, icmp6', other: () => 'non-ICMP' } as const;

const rules = listField({
  type: 'NetworkACLRule',
  fields: {
    action: { title: 'Action', required: true, oneOf: actions },
    source: { title: 'Source', subjects: 'ingress' },
    destination: { title: 'Destination', subjects: 'egress' },
    protocol: { title: 'Protocol', oneOf: 'icmp4, icmp6, tcp, udp' },
    source_port: { title: 'Source port', ...port },
    destination_port: { title: 'Destination port', ...port },
    icmp_type: { title: 'ICMP type', list: 'byte', only: ofIcmp },
    icmp_code: { title: 'ICMP code', list: 'byte', only: ofIcmp },
    description: {},
    state: { title: 'State', required: true, oneOf: 'enabled, disabled, logged' },
  },
  wrong: (side, index, why) => `Invalid ${side} rule ${index}: ${why}`,
  twice: (side, index) => `Duplicate of ${side} rule ${index}`,
});

/** Network ACLs. */
export const networkAcls = kind<{ name: string; config: Record<string, string> }>({
  path: '/1.0/network-acls/{name}',
  title: 'network ACL',
  extension: 'network_acl',
  feature: 'networks',
  spansProjects: 'network_acls_all_projects',
  listsPlainly: true,
  bodies: { create: 'NetworkACLsPost', write: 'NetworkACLPut', rename: 'NetworkACLPost' },
  fields: {
    name: 'name',
    description: { type: 'string', patch: 'blanks' },
    egress: rules,
    ingress: rules,
    config: { type: 'map', patch: 'needs' },
    used_by: 'users',
    project: since('network_acls_all_projects', (_, { project }) => project.name),
  },
  lists: ['ingress', 'egress'],
  etag: ['name', 'description', 'egress', 'ingress', 'config'],
  event: 'network-acl',
  texts: {
    missing: [404, 'Network ACL not found'],
    exists: () => [400, 'The network ACL already exists'],
    taken: () => [500, 'An ACL by that name exists already'],
    used: (action) => [500, `Cannot ${action} an ACL that is in use`],
  },
  named: (name, { product }) => subjectNameProblem(product, name),
  check: ({ config }) => optionProblem(config, {}, (key) => `Invalid config option "${key}"`),
  users: ({ name }, place) => [
    ...networksWith(place, ({ config }) => listOf(config['security.acls']).includes(name)),
    ...namers(place, name),
    ...usersOf(place.state, place.project, 'networks', (nic) => listOf(nic['security.acls']).includes(name)),
  ],
  reads: { log: [500, 'Only OVN log entries may be retrieved at this time'] },
});
