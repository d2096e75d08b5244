import { text } from 'node:stream/consumers';
import { assertOptions, InvalidInputError } from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import { describe, Model, type CallOptions, type JsonMap, type ModelClass } from '../../orm/index.js';
import { asObject, asObjects } from '../../rest/answers.js';
import type { Session } from '../../rest/session.js';
import { waitUntil, type WaitForOptions } from '../watch/wait.js';
import type { Place, RestStore } from './rest-store.js';

/** A model behind the REST API: what its own methods need to send requests of their own. */
export abstract class Resource extends Model {
  protected override get store(): RestStore {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- the getter's type is narrowed: what resources are constructed with is a RestStore
    return super.store as RestStore;
  }

  protected override assertNewName(name: unknown): void {
    const store: RestStore = this.store;
    store.assertNewName(name);
  }

  protected get session(): Session {
    return this.store.session;
  }

  /** @internal What a model of another client sends with. */
  static sessionOf(model: Resource): Session {
    return model.session;
  }

  /** @internal The place of what belongs to a model: it follows renames and moves, and ends with a deletion. */
  static placeUnder(parent: Resource): () => Place {
    return () => ({
      get session() {
        parent.assertUsable(); // whoever asks for it is going to send something
        return parent.session;
      },
      get parent() {
        return parent.store.path(parent.key);
      },
      parentClass: parent.constructor as ModelClass,
      explain: (error, options) => parent.store.explain(parent.key, error, options),
    });
  }

  /**
   * Waits until a predicate of it, fetched, holds, and resolves with it. It is woken by events where the kind has them (and
   * looks every 5 s, for what no event tells of), else looks every 250 ms, or every `interval`; a server that is away ends
   * no wait that has seen it once, or has a `timeout` or a `signal`. No limit by default.
   * @throws TimeoutError; AbortedError; NotFoundError; InvalidInputError; what the predicate throws
   */
  async waitFor(
    predicate: (thing: this) => boolean | Promise<boolean>,
    options: WaitForOptions = {},
  ): Promise<this> {
    this.assertUsable();
    if (typeof predicate !== 'function')
      throw new InvalidInputError(
        `waitFor() of ${this.toString()} takes a function that says when it is over`,
      );
    return waitUntil(
      {
        method: 'waitFor()',
        title: () => this.toString(),
        wanted: 'as waited for',
        told: this.store.events !== undefined && options.interval === undefined,
        store: this.store,
        key: () => this.key,
        look: async (call) => this.fetch(call),
        ready: predicate,
      },
      options,
    );
  }

  /** Path of this thing. */
  protected get path(): string {
    this.assertUsable();
    return this.store.path(this.key);
  }

  /** A name in its path, by the parameter that it fills; also of what was deleted. */
  protected nameIn(param: string): string {
    return this.store.valueOf(this.key, param);
  }

  /** The name of a snapshot of its own, which is given so or as a model. @throws InvalidInputError for another thing's */
  protected async nameOfSnapshot(given: string | Resource): Promise<string> {
    if (typeof given === 'string') return given;
    if (!((given as unknown) instanceof Resource))
      throw new InvalidInputError(`restore() takes a snapshot or its name, not ${describe(given)}`);
    const isOurs =
      given.path.startsWith(`${this.path}/snapshots/`) &&
      given.session.connection === this.session.connection &&
      (await given.session.project()) === (await this.session.project());
    // By its name alone, one of ours that is called so would be restored.
    if (!isOurs) throw new InvalidInputError(`restore(): ${given.toString()} is not of ${this.toString()}`);
    return [...given.store.valuesOf(given.key).values()].at(-1) ?? '';
  }

  /** What is read of it on its own, such as its `state` (GET of its path and this name). */
  protected async readObject(name: string, options: CallOptions): Promise<JsonMap> {
    const request = this.#partOf(name, options);
    return asObject<JsonMap>(await this.session.send(request), request);
  }

  protected async readObjects(name: string, options: CallOptions): Promise<JsonMap[]> {
    const request = this.#partOf(name, options);
    return asObjects<JsonMap>(await this.session.send(request), request);
  }

  protected async readText(name: string, options: CallOptions): Promise<string> {
    return text((await this.session.stream(this.#partOf(name, options))).body);
  }

  #partOf(name: string, options: CallOptions) {
    assertOptions(options, callNames, `${name}()`);
    return { method: 'GET', path: `${this.path}/${name}`, ...options };
  }
}
