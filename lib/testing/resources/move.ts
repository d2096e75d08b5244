import type { Call } from '../http/call.js';
import { nameProblem } from '../state/check-name.js';
import { addNew } from '../state/instance-create.js';
import { deviceMap, dict } from '../state/maps.js';
import { Refusal } from '../state/refusal.js';
import { operateOn, type Found } from './instance-find.js';

/** The body of a POST to an instance: a new name, or where it is moved to. */
export interface MoveBody {
  name: string;
  migration: boolean;
  project: string;
  pool: string;
}

/** Moves an instance to another project, the only move that a server with one pool can make. */
export function moveInstance(call: Call, found: Found, body: Partial<MoveBody>): Response {
  const { product, state } = call;
  const { move } = product.refusal;
  const { instance } = found;
  const { project, pool = 'default' } = body;
  const next = body.name || instance.name;
  if (!project || pool !== 'default')
    throw new Refusal(501, 'tslxd/testing does not serve migrations, and has one pool only');
  if (move.runningAtOnce && instance.status !== 'Stopped') throw new Refusal(400, move.runningAtOnce);
  // LXD leaves its project out.
  const named = product.copiesToMove ? found.project.name : 'default';
  const resources = { instances: [product.url(named, ['instances', instance.name])] };
  return operateOn(
    call,
    found,
    'Migrating instance',
    (present) => {
      const refuse = (status: number, text: string): never => {
        throw new Refusal(status, text);
      };
      if (present.status !== 'Stopped') refuse(500, move.running);
      const target = state.projects.get(project) ?? refuse(404, move.noProject);
      const problem = nameProblem(product, next);
      if (problem) refuse(500, move.failed(problem));
      if (target.instances.has(next)) {
        refuse(500, move.failed(`Add instance info to the database: ${product.missing.instanceExists}`));
      }
      const config = dict(present.config);
      const devices = deviceMap(present.devices);
      if (product.copiesToMove) config['volatile.apply_template'] ??= 'copy';
      else devices.root ??= dict({ path: '/', pool: 'default', type: 'disk' });
      const createdAt = state.now();
      // Its backups are lost.
      addNew(state, target, { ...present, name: next, createdAt, config, devices, backups: undefined });
      found.project.instances.delete(present.name);
      state.lifecycle(found.project.name, 'instance-deleted', ['instances', present.name]);
    },
    resources,
  );
}
