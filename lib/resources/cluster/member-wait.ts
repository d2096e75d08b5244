import { InvalidInputError } from '../../errors/index.js';
import type { RestStore } from '../kind/rest-store.js';
import { waitUntil, type WaitForOptions } from '../watch/wait.js';
import type { ClusterMember } from './member.js';

/** What can be waited for of a cluster member. */
export type MemberTarget<M extends ClusterMember = ClusterMember> =
  'online' | 'offline' | 'evacuated' | ((member: M) => boolean | Promise<boolean>);

const statuses: Record<string, string> = { online: 'Online', offline: 'Offline', evacuated: 'Evacuated' };

/** Looks at a member until it is as wanted, and resolves with it. @throws InvalidInputError for another target */
export async function waitForMember<M extends ClusterMember>(
  member: M,
  store: RestStore,
  target: MemberTarget<M>,
  options: WaitForOptions,
): Promise<M> {
  const status = typeof target === 'string' && Object.hasOwn(statuses, target) ? statuses[target] : undefined;
  if (typeof target !== 'function' && status === undefined) {
    const known = Object.keys(statuses).join(', ');
    throw new InvalidInputError(`waitFor(${JSON.stringify(target)}): wait for ${known} or pass a function`);
  }
  return waitUntil(
    {
      method: 'waitFor()',
      title: () => member.toString(),
      wanted: typeof target === 'function' ? 'as waited for' : target,
      store,
      key: () => member.key,
      look: async (call) => member.fetch(call),
      ready: typeof target === 'function' ? target : (seen) => seen.status === status,
      describe: (seen) => `it is ${seen.status}`,
    },
    options,
  );
}
