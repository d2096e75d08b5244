import { kind, since } from '../../kind/kind.js';
import { Refusal } from '../../state/refusal.js';
import { aclRuleProblem, listOf } from '../../validation/acl-rule.js';
import { hostnameProblem } from '../../validation/name.js';
import { usersAnywhere } from '../users.js';

type Rule = Record<string, string>;
type Acl = { name: string; config: Record<string, string> } & Record<'ingress' | 'egress', Rule[]>;

const quirks = {
  lxd: { actions: 'allow, drop, reject' },
  incus: { actions: 'allow, allow-stateless, drop, reject' },
};
const keys =
  'action source destination protocol source_port destination_port icmp_type icmp_code description state'.split(
    ' ',
  );
const ruleFields = Object.fromEntries(keys.map((key) => [key, 'string'] as const));
const rules = { list: { type: 'NetworkACLRule', fields: ruleFields } };

/** As a rule is kept: no blanks around its values and in its lists, and nothing that is empty. */
function settled(rule: Rule): Rule {
  const tidy = (key: string, value = '') => (key === 'description' ? value.trim() : listOf(value).join(','));
  return Object.fromEntries(
    keys.map((key) => [key, tidy(key, rule[key])] as const).filter(([, value]) => value),
  );
}

/** Network ACLs. */
export const networkAcls = kind<Acl>({
  path: '/1.0/network-acls/{name}',
  title: 'network ACL',
  scope: 'default',
  bodies: { create: 'NetworkACLsPost', write: 'NetworkACLPut', rename: 'NetworkACLPost' },
  fields: {
    name: 'name',
    description: { type: 'string', patch: 'blanks' },
    egress: { type: rules, patch: 'blanks' },
    ingress: { type: rules, patch: 'blanks' },
    config: { type: 'map', patch: 'needs' },
    used_by: 'users',
    project: since('network_acls_all_projects', (_, { project }) => project.name),
  },
  etag: ['name', 'description', 'egress', 'ingress', 'config'],
  order: 'made',
  event: 'network-acl',
  texts: {
    missing: [404, 'Network ACL not found'],
    exists: () => [400, 'The network ACL already exists'],
    taken: () => [500, 'An ACL by that name exists already'],
    used: {
      rename: [500, 'Cannot rename an ACL that is in use'],
      delete: [500, 'Cannot delete an ACL that is in use'],
    },
    project: (name) => `Failed to load project "${name}": Project not found`,
  },
  invalid: { create: 500, update: 500 },
  named(name, { product }) {
    if (!name) return [500, 'Name is required'];
    const start = /^[@#]/.exec(name);
    const wrong = start
      ? `Name cannot start with reserved character '${start[0]}'`
      : hostnameProblem(product, name);
    return wrong === undefined ? undefined : [500, wrong];
  },
  settle(acl) {
    for (const side of ['ingress', 'egress'] as const) acl[side] = acl[side].map(settled);
  },
  check({ config, ...acl }, { product, shelf }) {
    const key = Object.keys(config).find((name) => !name.startsWith('user.'));
    if (key !== undefined) return `Invalid config option "${key}"`;
    for (const side of ['ingress', 'egress'] as const) {
      const seen: string[] = [];
      for (const [index, rule] of acl[side].entries()) {
        const wrong = aclRuleProblem(side, rule, quirks[product.name].actions, (name) => shelf.has(name));
        if (wrong !== undefined) return `Invalid ${side} rule ${index}: ${wrong}`;
        const same = seen.indexOf(JSON.stringify(rule));
        if (same >= 0) return `Duplicate of ${side} rule ${same}`;
        seen.push(JSON.stringify(rule));
      }
    }
    return undefined;
  },
  users({ name }, { state, shelf, url }) {
    const names = (value?: string) => listOf(value).includes(name);
    const acls = [...shelf.values()].filter(({ ingress, egress }) =>
      [...ingress, ...egress].some(({ source, destination }) => names(source) || names(destination)),
    );
    return [
      ...acls.map((acl) => url(acl.name)),
      ...usersAnywhere(state, (device) => names(device['security.acls'])),
    ];
  },
  reads: {
    log(place, name) {
      place.find(name);
      throw new Refusal(500, 'Only OVN log entries may be retrieved at this time');
    },
  },
});
