import { EventHub, type Subscription } from '../events/index.js';
import type { Connection } from '../rest/connection.js';
import type { Session } from '../rest/session.js';
import { isOperationData, type OperationData } from './data.js';

/** Who follows one operation over events. */
export interface FeedWatcher {
  update(data: OperationData): void;
  /** No events come for now. */
  lost(): void;
  /** They come again, and some were not seen. */
  restored(): void;
  /** They will not come: the server does not permit them, or cannot be reached. */
  failed(error: Error): void;
}

/** A watcher's share of the feed. */
export interface FeedWatch {
  /** Since when, by `performance.now()`, every event comes; undefined while it does not. */
  readonly upSince: number | undefined;
  /** Whether it keeps the process alive. */
  hold(alive: boolean): void;
  close(): void;
}

const feeds = new WeakMap<Connection, Map<string, OperationFeed>>();

/** How many descriptions of operations that nobody follows yet are kept: the answer that names them is on its way. */
const unclaimedLimit = 500;

/** The events of the operations of one project, over one socket for all that follow one. */
export class OperationFeed {
  readonly #session: Session;
  readonly #project: string;
  readonly #watchers = new Map<string, Set<Watch>>();
  readonly #unclaimed = new Map<string, OperationData>();
  #subscription: Subscription | undefined;
  #upSince: number | undefined;

  /** The feed of a session's connection for a project. */
  static of(session: Session, project: string): OperationFeed {
    const { connection } = session;
    const byProject = feeds.get(connection) ?? new Map<string, OperationFeed>();
    feeds.set(connection, byProject);
    const feed = byProject.get(project) ?? new OperationFeed(session, project);
    byProject.set(project, feed);
    return feed;
  }

  private constructor(session: Session, project: string) {
    this.#session = session;
    this.#project = project;
  }

  /** Whether events of operations come to this client already, so that following one more costs no socket. */
  get isUp(): boolean {
    return EventHub.of(this.#session).isUp(this.#demand);
  }

  /** Follows an operation; what came of it before is told at once. */
  watch(id: string, watcher: FeedWatcher): FeedWatch {
    const watch: Watch = { watcher, alive: false };
    const watches = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watches.add(watch));
    this.#subscription ??= this.#subscribe();
    const known = this.#unclaimed.get(id);
    this.#unclaimed.delete(id);
    if (known) watcher.update(known);
    const upSince = () => this.#upSince;
    return {
      get upSince() {
        return upSince();
      },
      hold: (alive) => {
        watch.alive = alive;
        this.#hold();
      },
      close: () => {
        watches.delete(watch);
        if (watches.size === 0 && this.#watchers.get(id) === watches) this.#watchers.delete(id);
        this.#hold();
        if (this.#watchers.size === 0) this.#end();
      },
    };
  }

  get #demand() {
    return { types: ['operation'], project: this.#project };
  }

  #subscribe(): Subscription {
    const subscription = EventHub.of(this.#session).subscribe(this.#demand, {
      event: ({ metadata }) => {
        if (isOperationData(metadata)) this.#update(metadata);
      },
      lost: () => {
        this.#upSince = undefined;
        for (const { watcher } of this.#all()) watcher.lost();
      },
      restored: () => {
        this.#upSince = performance.now();
        for (const { watcher } of this.#all()) watcher.restored();
      },
      failed: (error) => {
        const all = this.#all();
        this.#watchers.clear();
        this.#end();
        for (const { watcher } of all) watcher.failed(error);
      },
    });
    subscription.ready.then(
      () => {
        if (this.#subscription !== subscription || !subscription.isUp) return;
        this.#upSince = performance.now();
        for (const { watcher } of this.#all()) watcher.restored();
      },
      () => undefined, // `failed` has told
    );
    subscription.hold(false);
    return subscription;
  }

  #update(data: OperationData): void {
    const watches = this.#watchers.get(data.id);
    if (watches) {
      for (const { watcher } of [...watches]) watcher.update(data);
      return;
    }
    this.#unclaimed.delete(data.id); // so that the newest are last
    this.#unclaimed.set(data.id, data);
    const [oldest] = this.#unclaimed.keys();
    if (this.#unclaimed.size > unclaimedLimit && oldest !== undefined) this.#unclaimed.delete(oldest);
  }

  #all(): Watch[] {
    return [...this.#watchers.values()].flatMap((watches) => [...watches]);
  }

  #hold(): void {
    this.#subscription?.hold(this.#all().some(({ alive }) => alive));
  }

  #end(): void {
    this.#subscription?.close();
    this.#subscription = undefined;
    this.#upSince = undefined;
    this.#unclaimed.clear();
  }
}

interface Watch {
  watcher: FeedWatcher;
  alive: boolean;
}
