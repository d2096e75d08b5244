import { isIP } from 'node:net';
import { assertOptions, InvalidInputError, type OptionNames } from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import type { CallOptions } from '../../orm/index.js';
import type { InstanceState } from './state.js';

/** An address of an instance. */
export interface InstanceAddress {
  address: string;
  family: 4 | 6;
  /** The interface's name inside, e.g. `eth0`. */
  interface: string;
  prefixLength: number;
  /** `global`, `link` or `local`. */
  scope: string;
}

/** Which addresses. */
export interface AddressFilter {
  /** IPv4 or IPv6 alone. */
  family?: 4 | 6 | undefined;
  /** `global` by default: what others can reach; `any` brings loopback and link-local ones too. */
  scope?: 'global' | 'any' | undefined;
}

/** Which addresses, and how they are asked for. */
export interface AddressOptions extends AddressFilter, CallOptions {}

const filterNames: OptionNames<AddressFilter> = { family: true, scope: true };
/** @internal For `assertOptions()`. */
export const addressNames: OptionNames<AddressOptions> = { ...filterNames, ...callNames };

/** The addresses in an instance's state, in the order of its interfaces' names. */
export function addressesOf(
  { network }: Pick<InstanceState, 'network'>,
  options: AddressFilter = {},
): InstanceAddress[] {
  assertOptions(options, filterNames, 'addresses()');
  const { family, scope = 'global' } = options;
  if (family !== undefined && family !== 4 && family !== 6) {
    throw new InvalidInputError(
      `addresses(): family is ${String(family)}; it is 4 or 6, or left out for both`,
    );
  }
  const all = Object.keys(network)
    .sort()
    .flatMap((name) =>
      (network[name]?.addresses ?? []).map((one) => ({
        address: one.address,
        family: isIP(one.address) as 4 | 6,
        interface: name,
        prefixLength: Number(one.netmask),
        scope: one.scope,
      })),
    );
  return all.filter(
    (one) => (scope === 'any' || one.scope === 'global') && (family === undefined || one.family === family),
  );
}
