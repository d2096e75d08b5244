import type { Client, Instance, Profile, WatchChange } from 'tslxd';
import type { Calls } from './calls.js';

/** What `watch()` says there is. */
export class Views {
  readonly instances = new Map<string, Instance>();
  readonly profiles = new Map<string, Profile>();
  readonly #calls: Calls;
  readonly #onError: (name: string) => void;

  /** `onError` is told which instance reads `Error`, as those of a member that is away do. */
  constructor(calls: Calls, onError: (name: string) => void) {
    this.#calls = calls;
    this.#onError = onError;
  }

  async watch(client: Client, signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.#follow('instances', client.instances.watch({ signal }), this.instances, signal),
      this.#follow('profiles', client.profiles.watch({ signal }), this.profiles, signal),
    ]);
  }

  async #follow<M extends Instance | Profile>(
    what: string,
    changes: AsyncIterable<WatchChange<M>>,
    models: Map<string, M>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      for await (const change of changes) {
        if (change.type === 'synced') continue;
        const { type, key, model } = change;
        if (type === 'added' && models.has(key)) this.#calls.fault(`watch() of ${what} tells ${key} twice`);
        if (type === 'removed') models.delete(key);
        else models.set(key, model);
        if ('status' in model && model.status === 'Error') this.#onError(key);
      }
    } catch (error) {
      if (!signal.aborted) this.#calls.fault(`watch() of ${what} ended: ${String(error)}`);
    }
  }
}
