import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../rest/connection.js';
import type { Session } from '../rest/session.js';
import type { OperationData } from './data.js';
import { OperationFeed, type FeedWatch } from './feed.js';
import { follow, read } from './follow.js';
import { followEvents, isStale } from './follow-events.js';
import { updateFrom, type Subject } from './outcome.js';
import type { Tracker } from './tracker.js';

/** How many operations of a client may have a `/wait`, and so a socket, of their own. */
const waitLimit = 4;

/** Between two looks at an operation whose progress somebody follows where there are no events, in ms. */
const progressPause = 250;

const waits = new WeakMap<Connection, number>();

/** Keeps a tracker up to date with an operation of the server. */
export class Follower {
  readonly #session: Session;
  readonly #url: string;
  readonly #subject: Subject;
  readonly #tracker: Tracker<OperationData>;
  readonly #begun: number | undefined;
  readonly #isHeard: () => boolean;
  readonly #stop = new AbortController();
  #following = false;
  #reporting = false;
  #silence: (() => void) | undefined;
  readonly #watches = new Set<FeedWatch>();
  #waiting = 0;

  constructor(
    session: Session,
    url: string,
    subject: Subject,
    tracker: Tracker<OperationData>,
    /** When the request that started it was sent, by `performance.now()`. */
    begun: number | undefined,
    /** Whether somebody wants to hear of its progress. */
    isHeard: () => boolean,
  ) {
    this.#session = session;
    this.#url = url;
    this.#subject = subject;
    this.#tracker = tracker;
    this.#begun = begun;
    this.#isHeard = isHeard;
  }

  /** Begins, once; `waited` tells that somebody waits already. */
  follow(waited: boolean): void {
    if (this.#following || this.#tracker.ended) return;
    this.#following = true;
    void this.#follow(waited);
  }

  /** One more, or one less, waits: while somebody does, the process is kept alive. */
  wait(more: 1 | -1): void {
    this.#waiting += more;
    for (const watch of this.#watches) watch.hold(this.#waiting > 0);
  }

  /** Sees to it that the tracker hears of the progress too, as long as it is wanted: `/wait` tells of the end alone. */
  async report(): Promise<void> {
    if (this.#reporting) return;
    this.#reporting = true;
    const feed = await this.#feed();
    // Where its end is followed over events, so is its progress.
    const over = () => this.#tracker.ended || this.#watches.size > 0 || !this.#isHeard();
    while (!over()) if (!feed || !(await this.#listen(feed))) await this.#poll(over);
    this.#reporting = false;
  }

  /** Nobody wants to hear of the progress any more. */
  silence(): void {
    this.#silence?.();
  }

  /**
   * The first few are followed over a `/wait` each, which takes one request and no other socket; many, and those for
   * which nobody waits, over the event socket, which they share and which keeps no process alive.
   */
  async #follow(waited: boolean): Promise<void> {
    const { connection } = this.#session;
    const feed = await this.#feed();
    const count = () => waits.get(connection) ?? 0;
    if (feed && (feed.isUp || !waited || count() >= waitLimit)) {
      let share: FeedWatch | undefined;
      const followed = await followEvents(feed, {
        session: this.#session,
        url: this.#url,
        subject: this.#subject,
        tracker: this.#tracker,
        signal: this.#stop.signal,
        begun: this.#begun,
        watched: (watch) => {
          share = watch;
          this.#watched(watch);
        },
      });
      if (followed) return;
      if (share) this.#watches.delete(share);
      void this.report();
    }
    waits.set(connection, count() + 1);
    await follow(this.#session, this.#url, this.#subject, this.#tracker, this.#stop.signal);
    waits.set(connection, count() - 1);
  }

  /**
   * The events of its project. Undefined where that is not known, since it was not we who started it, and where its
   * secret is all that admits us.
   */
  async #feed(): Promise<OperationFeed | undefined> {
    const query = new URLSearchParams(this.#url.split('?')[1]);
    if (this.#subject.method === undefined || query.has('secret')) return undefined;
    try {
      const named = query.get('project');
      return OperationFeed.of(this.#session, named ?? (await this.#session.project()));
    } catch {
      return undefined; // a closed client: `follow` finds out too, and says so
    }
  }

  /** Hears of every step over events; false where there are none. */
  async #listen(feed: OperationFeed): Promise<boolean> {
    return new Promise((resolve) => {
      const watch = feed.watch(this.#subject.id, {
        update: (data) => {
          if (!isStale(data, this.#tracker.data)) this.#tracker.observe(updateFrom(data, this.#subject));
        },
        lost: () => undefined,
        restored: () => void this.#lookOnce(),
        failed: () => {
          done(false);
        },
      });
      const off = this.#tracker.onUpdate(() => {
        if (this.#tracker.ended) done(true);
      });
      const done = (heard: boolean) => {
        off();
        this.#silence = undefined;
        watch.close();
        this.#watches.delete(watch);
        resolve(heard);
      };
      this.#silence = () => {
        done(true);
      };
      this.#watched(watch);
    });
  }

  async #poll(over: () => boolean): Promise<void> {
    for (;;) {
      await delay(progressPause, undefined, { ref: false });
      if (over()) return;
      await this.#lookOnce();
    }
  }

  async #lookOnce(): Promise<void> {
    try {
      this.#tracker.observe(await read(this.#session, this.#url, this.#subject, this.#stop.signal));
    } catch {
      // What matters of a failure, whoever follows it to its end finds out too.
    }
  }

  #watched(watch: FeedWatch): void {
    this.#watches.add(watch);
    watch.hold(this.#waiting > 0);
  }
}
