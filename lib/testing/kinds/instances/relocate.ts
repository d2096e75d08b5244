import { candidates } from '../../cluster/placement.js';
import type { MemberRecord } from '../../cluster/records.js';
import type { Call } from '../../http/call.js';
import { Refusal } from '../../state/refusal.js';
import { operateOn, type Found } from './find.js';
import type { MoveBody } from './move.js';
import type { InstanceRecord } from './records.js';
import { renameInstance } from './state/rename.js';

const quirks = {
  lxd: {
    missing: (_: string) => 'Failed to get target node: Cluster member not found',
    offline: 'Target node is offline',
    same: "Target must be different than instance's current location",
    running: "Unable to perform container live migration. CRIU isn't installed",
    knowsGroups: false,
  },
  incus: {
    missing: (name: string) => `Cluster member "${name}" not found`,
    offline: 'Target cluster member is offline',
    same: 'Requested target server is the same as current server',
    running: 'Instance must be stopped to be moved statelessly',
    knowsGroups: true,
  },
};

/** The member that an instance is to go to. @throws Refusal */
export function targetOf(call: Call, target: string, { member }: InstanceRecord): MemberRecord | undefined {
  const { cluster } = call.state;
  const { knowsGroups, missing, offline, same } = quirks[call.product.name];
  if (!knowsGroups && !cluster?.members.has(target)) throw new Refusal(404, missing(target));
  const found = candidates(call, target);
  const next = found.find((one) => one !== member) ?? found[0];
  if (next && !cluster?.isOnline(next)) throw new Refusal(400, offline);
  // LXD finds out in the operation.
  if (knowsGroups && next === member) throw new Refusal(400, same);
  return next;
}

/** Moves an instance to another member, by another name if one is given. */
export function relocate(
  call: Call,
  found: Found,
  member: MemberRecord,
  { name, live }: Partial<MoveBody>,
): Response {
  const { state, product } = call;
  const { same, running } = quirks[product.name];
  const isRunning = found.instance.status !== 'Stopped';
  if (isRunning && product.name === 'incus' && !live) throw new Refusal(400, running);
  return operateOn(call, found, 'Migrating instance', (present) => {
    if (present.member === member) throw new Refusal(500, same);
    if (present.status !== 'Stopped') throw new Refusal(500, running);
    if (name && name !== present.name) renameInstance(state, found.project, present, name);
    present.member = member;
  });
}
