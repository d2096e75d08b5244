import './no-delays.js';
import { SaveConflictError } from '../../../lib/errors/index.js';
import { failure } from './failure.js';
import { MemoryStore, type Data } from './memory-store.js';

const { Things } = await import('./thing.js');

/** A store with one thing in it. */
export function storeOfOne(): MemoryStore {
  return new MemoryStore().seed('web', {
    description: 'old',
    config: { a: '1', b: '1', c: '1', 'volatile.state': 'STOPPED' },
    devices: { root: { type: 'disk', size: '1' }, eth0: { type: 'nic' } },
    profiles: ['default'],
    expires_at: '2030-01-01T00:00:00Z',
  });
}

/** Its model with an edit, and a server on which somebody has changed the same key. */
export async function disputedIn(
  store: MemoryStore,
  theirs: (data: Data) => unknown = ({ config }) => (config.a = '3'),
) {
  const web = await new Things(store).get('web');
  web.config.a = '2';
  web.config.b = '2';
  store.elsewhere('web', theirs);
  return web;
}

export const conflictsOf = async (save: Promise<unknown>) =>
  (await failure(save, SaveConflictError)).conflicts;
