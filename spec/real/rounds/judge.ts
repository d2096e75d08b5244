import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../cluster.js';
import type { Worker } from './worker.js';

interface Listed {
  name: string;
  status?: string;
  config: Record<string, string>;
}

/** While the worker rests: every member must say what its ledger says; what it could not know is learnt from them. */
export async function judge(cluster: Cluster, worker: Worker): Promise<void> {
  const { there, keys, running, calls } = worker;
  for (const { name: member, daemon } of cluster.members) {
    const found = new Map<string, Listed>();
    for (const list of ['profiles', 'instances'])
      for (const one of await daemon.server.read<Listed[]>(`/1.0/${list}?recursion=1`))
        found.set(`${list}/${one.name}`, one);
    const is = {
      there: (thing: string) => found.has(thing),
      key: (id: string) => {
        const [thing, key] = id.split(' ') as [string, string];
        return found.get(thing)?.config[key] ?? '';
      },
      running: (name: string) => found.get(`instances/${name}`)?.status === 'Running',
    };
    for (const thing of there.doubts()) there.settle(thing, is.there(thing));
    for (const id of keys.doubts()) keys.settle(id, is.key(id));
    for (const name of running.doubts()) running.settle(name, is.running(name));
    for (const [thing, isThere] of there.certain(there.page()))
      if (is.there(thing) !== isThere) calls.fault(`${thing} is ${isThere ? 'lost' : 'there'} at ${member}`);
    for (const [id, value] of keys.certain(keys.page()))
      if (is.key(id) !== value) calls.fault(`${id} is '${is.key(id)}' at ${member}, not '${value}'`);
    for (const [name, isRunning] of running.certain(running.page()))
      if (is.running(name) !== isRunning)
        calls.fault(`${name} is ${isRunning ? 'not ' : ''}running at ${member}`);
  }
  worker.haunted.clear();
  await worker.listener.judge();
  await judgeViews(worker);
}

/** What is watched is true soon, without an event that says so. */
async function judgeViews(worker: Worker): Promise<void> {
  const { there, keys, running, views, calls } = worker;
  const faults = () => {
    const models = new Map<string, { config: Record<string, unknown>; status?: string }>();
    for (const [name, one] of views.profiles) models.set(`profiles/${name}`, one);
    for (const [name, one] of views.instances) models.set(`instances/${name}`, one);
    const wrong: string[] = [];
    for (const [thing, isThere] of there.certain(there.page()))
      if (models.has(thing) !== isThere) wrong.push(`${thing} is ${isThere ? 'not ' : ''}watched`);
    for (const [id, value] of keys.certain(keys.page())) {
      const [thing, key] = id.split(' ') as [string, string];
      const is = models.get(thing)?.config[key] ?? '';
      if (is !== value) wrong.push(`watch() has ${id} as ${JSON.stringify(is)}, not '${value}'`);
    }
    for (const [name, isRunning] of running.certain(running.page())) {
      const status = models.get(`instances/${name}`)?.status ?? 'nothing';
      if ((status === 'Running') !== isRunning) wrong.push(`watch() has ${name} as ${status}`);
    }
    for (const [thing, { status }] of models)
      if (status === 'Error') wrong.push(`watch() has ${thing} as Error`);
    return wrong;
  };
  for (let tries = 0; tries < 300 && faults().length > 0; tries++) await delay(100);
  for (const wrong of faults()) calls.fault(wrong);
}
