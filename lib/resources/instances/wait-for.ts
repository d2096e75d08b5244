import { InvalidInputError, NotFoundError } from '../../errors/index.js';
import type { CallOptions, Json } from '../../orm/index.js';
import type { RestStore } from '../kind/rest-store.js';
import { waitUntil, type WaitForOptions } from '../watch/wait.js';
import { mapOf } from './copy/body.js';
import type { Instance } from './instance.js';
import type { InstanceState } from './state.js';
import { conditionOf, type Condition, type WaitTarget } from './wait-target.js';

/** Times in ms. */
const times = {
  /** For an instance that LXD 5.0 does not know for a moment: it moves from one cluster member to another. */
  moving: 5000,
  /** For somebody who may be starting what has to run. */
  stopped: 5000,
};

/** Looks at an instance until it is as wanted: at each event of it, and now and then. Resolves with the state then. */
export async function waitFor<I extends Instance>(
  instance: I,
  store: RestStore,
  target: WaitTarget<I>,
  options: WaitForOptions = {},
  method = 'waitFor()',
): Promise<InstanceState | undefined> {
  const { ready, wanted, told, ...needs } = conditionOf(target);
  const possible = new Possible(instance, store, wanted, needs);
  let seen: InstanceState | undefined;
  const look = async (call: CallOptions) => {
    seen = await instance.state(call);
    if (typeof target === 'function') await instance.fetch(call);
    return seen;
  };
  try {
    return await waitUntil(
      {
        method,
        title: () => instance.toString(),
        wanted,
        told,
        store,
        key: () => instance.key,
        look,
        ready: (state) => ready(instance, state),
        describe: ({ status }) => `it is ${status}`,
        assertPossible: (state, call) => possible.assert(state, call),
        mayReturn: (lasting) => instance.isFetched && instance.location !== 'none' && lasting < times.moving,
      },
      options,
    );
  } catch (error) {
    const isGone = error instanceof NotFoundError && instance.isFetched && instance.ephemeral;
    if (isGone && target === 'stopped') return seen; // as soon as it has stopped
    throw error;
  }
}

/** Refuses what would be waited for without an end. */
class Possible {
  readonly #instance: Instance;
  readonly #store: RestStore;
  readonly #wanted: string;
  readonly #needs: Pick<Condition, 'running' | 'nic'>;
  #stoppedSince: number | undefined;
  #hasNic = false;

  constructor(
    instance: Instance,
    store: RestStore,
    wanted: string,
    needs: Pick<Condition, 'running' | 'nic'>,
  ) {
    this.#instance = instance;
    this.#store = store;
    this.#wanted = wanted;
    this.#needs = needs;
  }

  async assert({ status }: InstanceState, call: CallOptions): Promise<void> {
    const { running, nic } = this.#needs;
    if (nic && !this.#hasNic) await this.#assertNic(call);
    if (!running || status !== 'Stopped') {
      this.#stoppedSince = undefined;
      return;
    }
    this.#stoppedSince ??= performance.now();
    if (performance.now() - this.#stoppedSince < times.stopped) return;
    throw new InvalidInputError(
      `${this.#instance.toString()} is stopped, and so cannot be ${this.#wanted}: start it before or while you wait`,
    );
  }

  async #assertNic(call: CallOptions): Promise<void> {
    const { data } = await this.#store.read(this.#instance.key, call);
    const config = mapOf(data.expanded_config);
    const isNic = (device: Json) => mapOf(device).type === 'nic';
    this.#hasNic =
      Object.values(mapOf(data.expanded_devices)).some(isNic) || 'raw.lxc' in config || 'raw.qemu' in config;
    if (this.#hasNic) return;
    throw new InvalidInputError(
      `${this.#instance.toString()} has no network interface, and so cannot be ${this.#wanted}: add a device of type nic, or a profile that has one`,
    );
  }
}
