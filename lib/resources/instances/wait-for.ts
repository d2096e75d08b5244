import {
  AbortedError,
  assertOptions,
  ConnectionError,
  InvalidInputError,
  milliseconds,
  NotFoundError,
  ServerError,
  TimeoutError,
  type OptionNames,
} from '../../errors/index.js';
import type { CallOptions, Json } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { Bell, pause } from './bell.js';
import { mapOf } from './copy/body.js';
import type { Instance } from './instance.js';
import type { InstanceState } from './state.js';
import { instanceStore } from './store.js';
import { conditionOf, type Condition, type WaitTarget } from './wait-target.js';

export interface WaitForOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds; no limit by default. */
  timeout?: number | undefined;
  /** Milliseconds between two looks where no event tells; 250 by default. */
  interval?: number | undefined;
}

const optionNames: OptionNames<WaitForOptions> = { signal: true, timeout: true, interval: true };

/** Times in ms. */
const times = {
  /** For a server that has not answered once, of a wait without limits; Incus 6.0 fails while a container is stopping. */
  patience: 5000,
  /** Between two looks where events tell: in case one was lost. */
  told: 5000,
  /** Between two looks where none does. */
  interval: 250,
  /** For somebody who may be starting what has to run. */
  stopped: 5000,
  /** For one answer: a cluster whose leader hangs takes 30 s. */
  answer: 35_000,
};

/** Looks at an instance until it is as wanted: at each event of it, and now and then. Resolves with the state then. */
export async function waitFor<I extends Instance>(
  instance: I,
  session: Session,
  target: WaitTarget<I>,
  options: WaitForOptions = {},
  method = 'waitFor()',
): Promise<InstanceState | undefined> {
  return new Wait(instance, session, target, options, method).end();
}

class Wait<I extends Instance> {
  readonly #condition: Condition<I>;
  readonly #timeout: number | undefined;
  readonly #interval: number;
  readonly #signal: AbortSignal | undefined;
  readonly #begun = performance.now();
  readonly #isLimited: boolean;
  #bell: Bell | undefined;
  #seen: InstanceState | undefined;
  /** Why the server could not be asked, and since when. */
  #trouble: { error: Error; since: number } | undefined;
  #stoppedSince: number | undefined;
  #hasNic = false;

  constructor(
    private readonly instance: I,
    private readonly session: Session,
    private readonly target: WaitTarget<I>,
    options: WaitForOptions,
    private readonly method: string,
  ) {
    assertOptions(options, optionNames, method);
    this.#condition = conditionOf(target);
    this.#timeout = milliseconds(options.timeout, `${method}: timeout`);
    this.#interval = milliseconds(options.interval, `${method}: interval`) ?? times.interval;
    this.#signal = options.signal;
    this.#isLimited = this.#timeout !== undefined || this.#signal !== undefined;
  }

  async end(): Promise<InstanceState | undefined> {
    try {
      for (;;) {
        if (this.#signal?.aborted) throw this.#aborted(this.#signal);
        const state = await this.#look();
        if (state && (await this.#condition.ready(this.instance, state))) return state;
        if (state) await this.#assertPossible(state);
        await this.#rest();
        if (this.#left <= 0) throw this.#late();
      }
    } catch (error) {
      if (this.#wentWithItsStop(error)) return this.#seen;
      throw error;
    } finally {
      this.#bell?.close();
    }
  }

  get #left(): number {
    return this.#timeout === undefined ? Infinity : this.#begun + this.#timeout - performance.now();
  }

  /** A request may take what is left, and no longer than a server whose cluster has lost its leader. */
  get #call(): CallOptions {
    return { signal: this.#signal, timeout: Math.ceil(Math.max(1, Math.min(this.#left, times.answer))) };
  }

  /** Its state; undefined while the server cannot tell. */
  async #look(): Promise<InstanceState | undefined> {
    try {
      this.#seen = await this.instance.state(this.#call);
      if (typeof this.target === 'function') await this.instance.fetch(this.#call);
      this.#trouble = undefined;
      return this.#seen;
    } catch (error) {
      const since = this.#trouble?.since ?? performance.now();
      if (error instanceof TimeoutError && this.#left <= 0) throw this.#late(error);
      if (!this.#isPassing(error, performance.now() - since)) throw error;
      this.#trouble = { error: error as Error, since };
      return undefined;
    }
  }

  /** Whether the server may answer later: it restarts, or cannot tell for moments. */
  #isPassing(error: unknown, lasting: number): boolean {
    const { instance } = this;
    // LXD 5.0 knows no instance for a moment that moves from one cluster member to another.
    if (error instanceof NotFoundError)
      return instance.isFetched && instance.location !== 'none' && lasting < times.patience;
    if (![ConnectionError, TimeoutError, ServerError].some((Class) => error instanceof Class)) return false;
    return this.#isLimited || this.#seen !== undefined || lasting < times.patience;
  }

  /** An ephemeral instance is gone as soon as it has stopped. */
  #wentWithItsStop(error: unknown): boolean {
    const { instance, target } = this;
    return target === 'stopped' && error instanceof NotFoundError && instance.isFetched && instance.ephemeral;
  }

  /** Refuses what would be waited for without an end. */
  async #assertPossible({ status }: InstanceState): Promise<void> {
    const { running, nic, wanted } = this.#condition;
    if (nic && !this.#hasNic) await this.#assertNic();
    if (!running || status !== 'Stopped') {
      this.#stoppedSince = undefined;
      return;
    }
    this.#stoppedSince ??= performance.now();
    if (performance.now() - this.#stoppedSince < times.stopped) return;
    throw new InvalidInputError(
      `${this.instance.toString()} is stopped, and so cannot be ${wanted}: start it before or while you wait`,
    );
  }

  async #assertNic(): Promise<void> {
    const { data } = await instanceStore(this.session).read(this.instance.key, this.#call);
    const config = mapOf(data.expanded_config);
    const isNic = (device: Json) => mapOf(device).type === 'nic';
    this.#hasNic =
      Object.values(mapOf(data.expanded_devices)).some(isNic) || 'raw.lxc' in config || 'raw.qemu' in config;
    if (this.#hasNic) return;
    throw new InvalidInputError(
      `${this.instance.toString()} has no network interface, and so cannot be ${this.#condition.wanted}: add a device of type nic, or a profile that has one`,
    );
  }

  async #rest(): Promise<void> {
    const { session, instance } = this;
    if (!this.#bell && this.#trouble) return pause(Math.min(this.#interval, this.#left), this.#signal);
    this.#bell ??= new Bell(session, await session.project(), instance.key);
    const quiet = this.#condition.told && this.#bell.isQuiet && !this.#trouble;
    return this.#bell.wait(Math.min(quiet ? times.told : this.#interval, this.#left), this.#signal);
  }

  #late(last?: Error): TimeoutError {
    const cause = this.#trouble?.error ?? (this.#seen ? undefined : last);
    const is = cause
      ? `the server could not be asked: ${cause.message}`
      : `it is ${this.#seen?.status ?? 'unknown'}`;
    return new TimeoutError(
      `${this.instance.toString()} was not ${this.#condition.wanted} within ${String(this.#timeout)} ms; ${is}`,
      { cause },
    );
  }

  #aborted({ reason }: AbortSignal): AbortedError {
    return new AbortedError(`${this.method} of ${this.instance.toString()}: aborted`, { cause: reason });
  }
}
