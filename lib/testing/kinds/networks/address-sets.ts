import { isIP } from 'node:net';
import { kind } from '../../kind/kind.js';
import type { Product } from '../../products/product.js';
import { hostnameProblem } from '../../validation/name.js';
import { optionProblem } from '../../validation/options.js';
import { isAddress, listOf } from '../../validation/values.js';

interface AddressSet {
  name: string;
  addresses: string[];
  config: Record<string, string>;
}

/** What is said of the first address that is none, or there twice. */
function addressProblem(addresses: readonly string[], { extensions }: Product): string | undefined {
  const ranges = extensions.includes('network_address_set_ip_ranges');
  for (const [index, one] of addresses.entries()) {
    const at = JSON.stringify(one);
    if (addresses.indexOf(one) < index) return `Duplicate address ${at} found at index ${index}`;
    const isOne = isAddress(one) && (ranges || isIP(one) > 0 || one.includes('/'));
    if (!isOne) return `Unsupported address format ${at} at index ${index}`;
  }
  return undefined;
}

/** Network address sets: Incus 6.0 has none, but a fake with their extension has them, in the words of Incus 7. */
export const networkAddressSets = kind<AddressSet>({
  path: '/1.0/network-address-sets/{name}',
  title: 'network address set',
  extension: 'network_address_set',
  feature: 'networks',
  spansProjects: 'network_address_set',
  listsPlainly: true,
  bodies: {
    create: 'NetworkAddressSetsPost',
    write: 'NetworkAddressSetPut',
    rename: 'NetworkAddressSetPost',
  },
  fields: {
    addresses: { type: 'strings', patch: 'blanks' },
    config: { type: 'map', patch: 'needs', omitEmpty: true },
    description: { type: 'string', patch: 'blanks' },
    name: 'name',
    used_by: 'users',
    project: (_, { project }) => project.name,
  },
  etag: ['name', 'description', 'addresses', 'config'],
  event: 'network-address-set',
  texts: {
    missing: [404, 'Network_address_set not found'],
    exists: () => [400, 'The network address set already exists'],
    taken: (name) => [500, `Address set by that name: ${name} exists already`],
    used: (action) => [500, `Cannot ${action} address set that is in use`],
  },
  named(name, { product }) {
    if (!name) return 'Name is required';
    const start = /^[@$]/.exec(name)?.[0];
    return start ? `Name cannot start with reserved character '${start}'` : hostnameProblem(product, name);
  },
  check({ addresses, config }, { product }) {
    const wrong = addressProblem(addresses, product);
    if (wrong !== undefined) return `Invalid addresses: ${wrong}`;
    // The server's own words, also for these.
    return optionProblem(config, {}, (key) => `Invalid network integration configuration key "${key}"`);
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
