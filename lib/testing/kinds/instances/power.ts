import type { Call } from '../../http/call.js';
import type { Shape } from '../../http/decode.js';
import { actions, Power, type Action } from './state/power.js';
import { Refusal } from '../../state/refusal.js';
import { findInstance, operateOn } from './find.js';
import { resourceUrl } from './resources.js';

/** A state that is asked for. */
export interface StateBody {
  action: string;
  timeout: number;
  force: boolean;
  stateful: boolean;
}

export const stateShape: Shape = {
  type: 'InstanceStatePut',
  fields: { action: 'string', timeout: 'int', force: 'bool', stateful: 'bool' },
};

/**
 * PUT …/state: an operation that ends when the state is reached. The fake's instances never resist, so
 * `timeout` means nothing; what does not fit the present state fails at the end, as with the real servers.
 */
export async function putState(call: Call): Promise<Response> {
  const found = findInstance(call);
  const body = await call.body<StateBody>(stateShape);
  const { action = '', force, stateful } = body;
  const { state, product } = call;
  if (!Object.hasOwn(actions, action)) throw new Refusal(400, `Unknown action: '${action}'`);
  const wanted = action as Action;
  const { project, instance } = found;
  return operateOn(
    call,
    found,
    actions[wanted],
    (present) => {
      const isFirst = present.config['volatile.last_state.idmap'] === '[]';
      new Power(state, project, present).do(wanted, stateful, force);
      // The first start maps the ids of the files, which LXD counts as progress.
      return wanted === 'start' && isFirst && product.name === 'lxd' ? { container_progress: '' } : null;
    },
    { instances: [resourceUrl(product, project.name, ['instances', instance.name])] },
  );
}
