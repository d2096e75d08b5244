import { isIP } from 'node:net';
import { kind } from '../../kind/kind.js';
import { subjectNameProblem } from '../../validation/name.js';
import { optionProblem } from '../../validation/options.js';
import { isAddress, listOf } from '../../validation/values.js';

interface AddressSet {
  name: string;
  addresses: string[];
  config: Record<string, string>;
}

/** Network address sets, of Incus 7: only a fake with their extension has them, and by the facts alone. */
export const networkAddressSets = kind<AddressSet>({
  path: '/1.0/network-address-sets/{name}',
  title: 'network address set',
  extension: 'network_address_set',
  scope: 'default',
  bodies: {
    create: 'NetworkAddressSetsPost',
    write: 'NetworkAddressSetPut',
    rename: 'NetworkAddressSetPost',
  },
  fields: {
    addresses: { type: 'strings', patch: 'blanks' },
    config: { type: 'map', patch: 'needs' },
    description: { type: 'string', patch: 'blanks' },
    name: 'name',
    used_by: 'users',
    project: (_, { project }) => project.name,
  },
  etag: ['name', 'description', 'addresses', 'config'],
  event: 'network-address-set',
  texts: {
    missing: [404, 'Network address set not found'],
    exists: () => [400, 'The network address set already exists'],
    used: (action) => [500, `Cannot ${action} an address set that is in use`],
  },
  named: (name, { product }) => subjectNameProblem(product, name),
  check({ addresses, config }, { product }) {
    const ranges = product.extensions.includes('network_address_set_ip_ranges');
    const wrong = addresses.find(
      (one) => !isAddress(one) || (!ranges && isIP(one) === 0 && !one.includes('/')),
    );
    if (wrong !== undefined) return `Unsupported address format: "${wrong}"`;
    return optionProblem(
      config,
      {},
      (key) => `Invalid network integration configuration key "${key}"`, // the server's own words
    );
  },
  users: ({ name }, { project, product }) =>
    [...project.shelves.at<Acl>(['network-acls']).values()]
      .filter(({ ingress, egress }) => [...ingress, ...egress].some((rule) => namesSet(rule, name)))
      .map((acl) => product.url(project.name, ['network-acls', acl.name])),
});

interface Acl {
  name: string;
  ingress: Rule[];
  egress: Rule[];
}

type Rule = Partial<Record<'source' | 'destination', string>>;

const namesSet = ({ source, destination }: Rule, name: string) =>
  [...listOf(source), ...listOf(destination)].includes(`$${name}`);
