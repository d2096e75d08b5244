import { setTimeout as delay } from 'node:timers/promises';
import type { OperationData } from '../../operations/index.js';
import type { MigrationMode } from './mode.js';
import { pull, type Begun } from './pull.js';
import { push } from './push.js';
import { relay } from './relay.js';
import type { Plan } from './sides.js';

const transfers: Record<MigrationMode, (plan: Plan, begun: Begun) => Promise<OperationData>> = {
  pull,
  push,
  relay,
};

/**
 * Brings it over, and is over when the target's operation has succeeded. LXD 5.0 removes what it got of an aborted
 * migration after the operation's end: for a moment the name cannot be used.
 */
export async function transfer(plan: Plan, mode: MigrationMode, begun: Begun): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await transfers[mode](plan, begun);
      return;
    } catch (error) {
      if (!stillRemoving.test((error as Error).message) || attempt === 6) throw error;
      await delay(attempt * 100, undefined, { signal: plan.cut });
    }
  }
}

const stillRemoving = /already exists on migration target storage|exists in database but not on storage/;
