import type { InstanceRecord } from '../records.js';

/** What runs in instances, so that it ends when they stop. */
export class Processes {
  readonly #kills = new WeakMap<InstanceRecord, Set<() => void>>();

  add(instance: InstanceRecord, kill: () => void): void {
    const kills = this.#kills.get(instance) ?? new Set();
    this.#kills.set(instance, kills.add(kill));
  }

  delete(instance: InstanceRecord, kill: () => void): void {
    this.#kills.get(instance)?.delete(kill);
  }

  killAll(instance: InstanceRecord): void {
    for (const kill of [...(this.#kills.get(instance) ?? [])]) kill();
  }
}
