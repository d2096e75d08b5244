import { InvalidInputError } from '../../errors/index.js';
import type { RestStore } from '../kind/rest-store.js';
import type { WaitForOptions } from '../watch/wait.js';
import { addressesOf, type AddressFilter } from './addresses.js';
import type { Instance } from './instance.js';
import { waitFor } from './wait-for.js';

/** Which address, and how it is waited for. */
export interface AddressWaitOptions extends WaitForOptions, Pick<AddressFilter, 'family'> {}

/** Waits for an address of an instance. */
export async function firstAddress(
  instance: Instance,
  store: RestStore,
  { family, ...options }: AddressWaitOptions,
): Promise<string> {
  if (family !== undefined && family !== 4 && family !== 6)
    throw new InvalidInputError(`address(): family must be 4 or 6, not ${String(family)}`);
  const state = await waitFor(instance, store, family ? `ipv${family}` : 'ip', options, 'address()');
  const all = state ? addressesOf(state, { family }) : [];
  const [first] = all.sort((one, other) => one.family - other.family);
  if (!first) throw new InvalidInputError(`address(): ${instance.toString()} has lost its address`);
  return first.address;
}
