import type { Session } from '../rest/session.js';
import { isFinal, type OperationData } from './data.js';
import type { FeedWatch, OperationFeed } from './feed.js';
import { mayReturn, read, usual } from './follow.js';
import { expired, isGone, updateFrom, type Subject } from './outcome.js';
import type { Tracker } from './tracker.js';

/** What is followed, and how it became known. */
export interface Followed {
  session: Session;
  url: string;
  subject: Subject;
  tracker: Tracker<OperationData>;
  signal: AbortSignal;
  /** When the request that started it was sent, by `performance.now()`: events that came before are none of its own. */
  begun: number | undefined;
  /** Gets the share of the feed, to say whether it keeps the process alive. */
  watched: (watch: FeedWatch) => void;
}

/** Times of following over events, in ms. */
const times = {
  /** Between two looks while events come: in case that one was lost on the way. */
  check: 30_000,
  /** The same while the socket is lost. */
  away: 3_000,
};

/**
 * Follows an operation to its end over events. A read closes the race at the start and after each gap. Resolves with
 * false, and nothing is lost, where events are not to be had.
 */
export async function followEvents(feed: OperationFeed, followed: Followed): Promise<boolean> {
  const { session, url, subject, tracker, signal, begun } = followed;
  let due = true;
  let refused = false;
  let lost: number | undefined;
  let wake: () => void = () => undefined;
  const ring = () => {
    wake();
  };
  const watch = feed.watch(subject.id, {
    update: (data) => {
      if (!isStale(data, tracker.data)) tracker.observe(updateFrom(data, subject));
    },
    lost: () => (lost ??= performance.now()),
    restored: () => {
      due = true;
      ring();
    },
    failed: () => {
      refused = true;
      ring();
    },
  });
  const off = tracker.onUpdate(ring);
  followed.watched(watch);
  if (watch.upSince !== undefined && begun !== undefined && watch.upSince < begun) due = false;
  try {
    for (;;) {
      if (tracker.ended || signal.aborted) return true;
      if (refused) return false;
      if (due && watch.upSince !== undefined) {
        due = false;
        await look();
        continue;
      }
      const timer = await bell(watch.upSince === undefined && lost !== undefined ? times.away : times.check);
      if (timer) await look();
    }
  } finally {
    off();
    watch.close();
  }

  async function look(): Promise<void> {
    try {
      const update = await read(session, url, subject, signal);
      lost = undefined;
      if (!update.data || !isStale(update.data, tracker.data)) tracker.observe(update);
    } catch (error) {
      if (signal.aborted) return;
      if (isGone(error)) tracker.observe(expired(subject, error));
      else if (!mayReturn(error))
        refused = true; // `/wait` may be permitted, or tells better why not
      else {
        lost ??= performance.now();
        if (performance.now() - lost < usual.patience) due = true;
        else tracker.observe({ state: 'expired', error: error as Error });
        await bell(times.away / 10);
      }
    }
  }

  /** Resolves with true after a time, with false as soon as something has happened. */
  async function bell(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms, true).unref();
      wake = () => {
        clearTimeout(timer);
        resolve(false);
      };
    });
  }
}

/** LXD sends each event in a goroutine of its own, so that an older one may come later. An end is never old. */
export function isStale(data: OperationData, known: OperationData | undefined): boolean {
  return !isFinal(data) && known !== undefined && Date.parse(data.updated_at) < Date.parse(known.updated_at);
}
