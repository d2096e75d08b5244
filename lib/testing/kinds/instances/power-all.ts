import { randomUUID } from 'node:crypto';
import type { Call } from '../../http/call.js';
import { isObject, parseJson } from '../../http/decode.js';
import { started } from '../../http/reply.js';
import { Dropped, Refusal } from '../../state/refusal.js';
import { stateShape, type StateBody } from './power.js';
import { byName } from '../../http/collection.js';
import type { InstanceRecord, InstanceStatus } from './records.js';
import { resourceUrl } from './resources.js';
import { actions, Power, type Action } from './state/power.js';

const running = (status: InstanceStatus) => status !== 'Stopped'; // a frozen one, too

const quirks = {
  lxd: {
    /** Which ones it lets go on: those that do not run. */
    unfreezes: (status: InstanceStatus) => !running(status),
    noInstances: { instances: null },
  },
  incus: { unfreezes: (status: InstanceStatus) => status === 'Frozen', noInstances: {} },
};

function isMeant(call: Call, action: Action, { status }: InstanceRecord): boolean {
  if (action === 'unfreeze') return quirks[call.product.name].unfreezes(status);
  return action === 'start' ? !running(status) : running(status);
}

/** PUT /1.0/instances: the state of all of a project, in one operation that fails if one of them does. */
export async function putStates(call: Call): Promise<Response> {
  const { product, state } = call;
  const given = parseJson(await call.text());
  if (isObject(given) && given.state === null) throw new Dropped();
  const { state: wanted = {} } = await call.body<{ state: Partial<StateBody> }>({
    type: 'InstancesPut',
    fields: { state: stateShape },
  });
  const { action = '', force, stateful } = wanted;
  if (!Object.hasOwn(actions, action)) throw new Refusal(400, `Unknown action: '${action}'`);
  const known = action as Action;
  const description = actions[known];
  const project = state.projects.get(call.projectName);
  if (!project) {
    const operation = `"${description}" Operation ${randomUUID()}`;
    throw new Refusal(500, `failed to add ${operation} to database: Fetch project ID: Project not found`);
  }
  const meant = byName(project.instances.values()).filter((one) => isMeant(call, known, one));
  const urls = meant.map(({ name }) => resourceUrl(product, project.name, ['instances', name]));
  const isFirst = meant.some(({ config }) => config['volatile.last_state.idmap'] === '[]');
  const operation = state.operations.start({
    project: project.name,
    description,
    resources: urls.length > 0 ? { instances: urls } : quirks[product.name].noInstances,
    run(operation) {
      const failures = meant.flatMap((instance) => {
        try {
          new Power(state, project, instance).do(known, stateful, force);
          return [];
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          return [` - Instance: ${instance.name}: ${error.message}\n`];
        }
      });
      if (known === 'start' && isFirst && product.name === 'lxd')
        operation.update({ container_progress: '' });
      if (failures.length > 0)
        throw new Refusal(500, `The following instances failed to update state:\n${failures.join('')}`);
    },
  });
  return started(operation);
}
