import { setTimeout as delay } from 'node:timers/promises';
import type { Client, Instance, Profile } from 'tslxd';
import { Calls, type Call, type End } from './calls.js';
import { Gate } from './gate.js';
import { Ledger, type Page } from './ledger.js';
import { Listener } from './listener.js';
import type { Outages } from './outages.js';
import { Times } from './times.js';
import { Views } from './views.js';

/** ms between two calls of a loop: the machine has other things to do. */
const pause = 300;

/** Where the worker works. */
export interface Place {
  client: Client;
  members: readonly string[];
  /** A name that nothing else has. */
  uniqueName(label: string): string;
  image: string;
}

/**
 * Saves, creates, deletes, lists, starts, stops, runs commands, listens and watches, all at the same time, with one client of
 * the whole cluster, and compares each answer with what it has written.
 */
export class Worker {
  readonly times: Times;
  readonly calls: Calls;
  readonly listener: Listener;
  readonly views: Views;
  readonly gate = new Gate();
  /** Whether it is there, by `profiles/name` and `instances/name`. */
  readonly there = new Ledger<boolean>();
  /** Texts by `profiles/name user.key`; empty for one that is not there. */
  readonly keys = new Ledger<string>();
  /** Whether it runs, by its name. */
  readonly running = new Ledger<boolean>();
  readonly owners = new Map<string, string>();
  /**
   * Of which a save was under way when a member froze: it may be carried out when that wakes up, out of what was read before,
   * and undo all that was saved meanwhile (seen of instances on LXD 5.0.2, whose leader had been frozen).
   */
  readonly haunted = new Set<string>();
  readonly #place: Place;
  readonly #outages: Outages;
  readonly #stop = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #count = 0;

  constructor(place: Place, outages: Outages) {
    this.#place = place;
    this.#outages = outages;
    this.times = new Times(outages);
    this.calls = new Calls(outages, this.times);
    this.listener = new Listener(outages, this.calls);
    this.views = new Views(this.calls, (name) =>
      this.times.seen('watch() reads Error', this.owners.get(name)),
    );
  }

  /** Makes what it works on, and begins. */
  async start(): Promise<void> {
    const { client, members, image } = this.#place;
    const { signal } = this.#stop;
    this.#loops.push(this.listener.listen(client, signal), this.views.watch(client, signal));
    const profile = await client.profiles.create({ name: this.#name('shared') });
    this.there.note(`profiles/${profile.name}`, true);
    this.#loop(async () => this.#save('a profile', profile));
    this.#loop(async () => this.#make('a profile', 'profile'));
    this.#loop(async () => this.#listProfiles());
    this.#loop(async () => this.#listInstances());
    for (const member of members) {
      const kept = await this.#instance(member, 'kept', { type: 'none' });
      const runs = await this.#instance(member, 'runs', { alias: image });
      this.running.note(runs.name, false);
      this.#loop(async () => this.#save('an instance', kept, member));
      this.#loop(async () => this.#make('an instance', 'instance', member));
      this.#loop(async () => this.#run(runs, member), 1000);
    }
  }

  /** Ends all loops; resolves when they have. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.gate.open();
    await Promise.all(this.#loops);
  }

  #loop(step: () => Promise<void>, ms = pause): void {
    const { signal } = this.#stop;
    const run = async () => {
      while (!signal.aborted) {
        await this.gate
          .pass(step)
          .catch((error: unknown) => this.calls.fault(`the worker: ${String(error)}`));
        await delay(ms, undefined, { signal }).catch(() => undefined);
      }
    };
    this.#loops.push(run());
  }

  #name(label: string): string {
    return this.#place.uniqueName(label);
  }

  async #instance(member: string, label: string, source: object): Promise<Instance> {
    const name = this.#name(`${label}-${member}`);
    const made = await this.#place.client.instances.create(
      { name, source: source as never },
      { target: member },
    );
    this.there.note(`instances/${name}`, true);
    this.owners.set(name, member);
    return made;
  }

  /** One new key, and the number of the last one: what is written again later puts that back. */
  async #save(title: string, model: Profile | Instance, owner?: string): Promise<void> {
    const thing = `${'location' in model ? 'instances' : 'profiles'}/${model.name}`;
    const value = String(++this.#count);
    const [key, last] = [`${thing} user.k${value}`, `${thing} user.last`];
    const before = this.keys.get(last);
    for (const one of [key, last]) this.keys.doubt(one);
    Object.assign(model.config, { [`user.k${value}`]: value, 'user.last': value });
    const event = `${'location' in model ? 'instance' : 'profile'}-updated ${model.name}`;
    const began = performance.now();
    // What was cut off may be carried out between my read and my write.
    const mayConflict = before === undefined;
    const end = await this.#told(
      callOf({ what: `save ${title}`, writes: true, mayConflict }, owner),
      event,
      async () => model.save(),
    );
    const outage = this.#outages.during(began, performance.now());
    if (outage?.harm === 'freeze' && began < outage.from) this.haunted.add(thing);
    if (this.haunted.has(thing)) for (const one of [key, last]) this.keys.lose(one);
    if (isDone(end)) {
      for (const one of [key, last]) this.keys.note(one, value);
      return;
    }
    if (end === 'unknown') for (const one of [key, last]) this.keys.lose(one);
    else {
      this.keys.note(key, '');
      if (before !== undefined) this.keys.note(last, before);
    }
    model.revert();
    await this.calls.make(callOf({ what: `read ${title}` }, owner), async () => model.fetch());
  }

  /** Makes one and deletes it. */
  async #make(title: string, kind: 'profile' | 'instance', owner?: string): Promise<void> {
    const { client } = this.#place;
    const name = this.#name('made');
    const thing = `${kind}s/${name}`;
    if (owner !== undefined) this.owners.set(name, owner);
    this.there.doubt(thing);
    const created = await this.#told(
      callOf({ what: `create ${title}`, writes: true }, owner),
      `${kind}-created ${name}`,
      async () =>
        kind === 'profile'
          ? client.profiles.create({ name })
          : client.instances.create({ name, source: { type: 'none' } }, { target: owner }),
    );
    if (created === 'unknown') this.there.lose(thing);
    else this.there.note(thing, isDone(created));
    if (!isDone(created)) return;
    const model: Profile | Instance = created.value;
    await delay(pause);
    this.there.doubt(thing);
    const deleted = await this.#told(
      callOf({ what: `delete ${title}`, writes: true }, owner),
      `${kind}-deleted ${name}`,
      async () => model.delete(),
    );
    if (deleted === 'unknown') this.there.lose(thing);
    else this.there.note(thing, !isDone(deleted));
  }

  /** A call that an event tells of. */
  async #told<T>(call: Call, event: string, work: () => Promise<T>): Promise<End<T>> {
    const began = performance.now();
    const end = await this.calls.make(call, work);
    if (isDone(end)) this.listener.expect(event, began, call.owner);
    return end;
  }

  async #run(model: Instance, owner: string): Promise<void> {
    const { name } = model;
    if (this.running.get(name) === undefined) return; // it may still be started or stopped, by a call that was cut off
    const isRunning = this.running.get(name) === true;
    if (isRunning) {
      const command = await this.calls.make(
        { what: 'run a command', owner, isTied: true, writes: true },
        async () => model.exec(['echo', name]),
      );
      if (isDone(command) && command.value.stdout !== name)
        this.calls.fault(`a command's output was ${JSON.stringify(command.value.stdout)}`);
    }
    this.running.doubt(name);
    const [what, event] = isRunning ? ['stop', 'instance-stopped'] : ['start', 'instance-started'];
    const end = await this.#told(
      { what: `${what} an instance`, owner, writes: true },
      `${event} ${name}`,
      async () => (isRunning ? model.stop({ force: true }) : model.start()),
    );
    if (isDone(end)) this.running.note(name, !isRunning);
    else if (end === 'unknown') this.running.lose(name);
    else this.running.note(name, isRunning);
  }

  async #listProfiles(): Promise<void> {
    const [there, keys] = [this.there.page(), this.keys.page()];
    const began = performance.now();
    const { client } = this.#place;
    const end = await this.calls.make({ what: 'list profiles' }, async () => client.profiles.all());
    if (isDone(end)) this.#compare('profiles/', end.value, there, keys, began);
  }

  async #listInstances(): Promise<void> {
    const [there, keys, running] = [this.there.page(), this.keys.page(), this.running.page()];
    const began = performance.now();
    const { client } = this.#place;
    const manager = this.#count % 2 ? client.instances : client.containers;
    const end = await this.calls.make({ what: 'list instances' }, async () => manager.all());
    if (!isDone(end)) return;
    this.#compare('instances/', end.value, there, keys, began);
    const found = new Map(end.value.map((one) => [one.name, one]));
    for (const { name, location, status } of end.value) {
      const owner = this.owners.get(name);
      if (owner !== undefined && location !== owner)
        this.calls.fault(`${name} is listed on ${location}`, began);
      if (status === 'Error' && !this.#mayBeError(owner, began))
        this.calls.fault(`${name} of ${owner ?? '?'} is listed as Error`, began);
    }
    for (const [name, isRunning] of this.running.certain(running)) {
      const status = found.get(name)?.status;
      if (status !== 'Error' && (status === 'Running') !== isRunning)
        this.calls.fault(
          `${name} is listed as ${status ?? 'nothing'}, and is ${isRunning ? '' : 'not '}running`,
          began,
        );
    }
  }

  /** Its member does not answer, or the one that says so has only just a leader again. */
  #mayBeError(owner: string | undefined, began: number): boolean {
    const now = performance.now();
    return (
      this.#outages.during(began, now, owner) !== undefined ||
      this.#outages.during(began, now)?.isLeader === true
    );
  }

  #compare(
    prefix: string,
    found: readonly (Profile | Instance)[],
    there: Page<boolean>,
    keys: Page<string>,
    began: number,
  ): void {
    const models = new Map(found.map((one) => [prefix + one.name, one]));
    for (const [thing, isThere] of this.there.certain(there))
      if (thing.startsWith(prefix) && models.has(thing) !== isThere)
        this.calls.fault(`${thing} is ${isThere ? 'not ' : ''}listed`, began);
    for (const [id, value] of this.keys.certain(keys)) {
      const [thing, key] = id.split(' ') as [string, string];
      const model = models.get(thing);
      // The servers list no more of what they cannot ask than its name and where it is.
      if (!thing.startsWith(prefix) || (model && 'status' in model && model.status === 'Error')) continue;
      const is = model?.config[key] ?? '';
      if (is !== value) this.calls.fault(`${id} is listed as '${is}', not '${value}'`, began);
    }
  }
}

function callOf(call: Call, owner: string | undefined): Call {
  return owner === undefined ? call : { ...call, owner };
}

function isDone<T>(end: End<T>): end is { value: T } {
  return typeof end === 'object';
}
