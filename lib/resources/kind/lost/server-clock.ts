import { setTimeout as delay } from 'node:timers/promises';
import type { CallOptions } from '../../../orm/index.js';
import type { Answer } from '../../../rest/envelope.js';
import type { Session } from '../../../rest/session.js';

/** How far the clocks of the members of a cluster may lie apart, in ms. */
const skew = 2000;

/** Between two looks at the server's clock, in ms, of which its answers tell the seconds. */
const beat = 10;

/** An answer, and when it was asked for and had come, by `performance.now()`. */
interface Timed {
  answer: Answer;
  asked: number;
  came: number;
}

/** The earliest time (ms since 1970) that any clock of the server can have shown at a moment of ours, by its answer just now. */
export function earliest({ headers }: Answer, moment: number): number {
  const now = Date.parse(headers.date ?? '');
  return (Number.isNaN(now) ? Date.now() : now) - (performance.now() - moment) - skew;
}

/**
 * Whether the server's time `made` is after a moment of ours; undefined where it is too near before it to be told. Over a
 * socket its clock is ours; else the `Date` of its answers is watched, for a second at most, until it moves: what was made
 * so long before as an answer takes, some 20 ms, counts as after.
 */
export async function isAfter(
  session: Session,
  made: number,
  moment: number,
  call: CallOptions,
): Promise<boolean | undefined> {
  const then = await onServer(session, made, moment, call);
  if (made >= then) return true;
  return made < then - skew ? false : undefined;
}

/** What its clock showed at a moment of ours, at the earliest, as exactly as it takes for `made`. */
async function onServer(session: Session, made: number, moment: number, call: CallOptions): Promise<number> {
  const { endpoint } = await session.connection.open();
  const ours = Math.floor(Date.now() - (performance.now() - moment));
  if (endpoint.kind === 'unix') return ours;
  const last = await look(session, call);
  const first = secondOf(last);
  if (Number.isNaN(first)) return ours; // a proxy has left it out
  const [earliest, latest] = [first - (last.came - moment), first + 1000 - (last.asked - moment)];
  if (made >= latest) return latest;
  if (made < earliest - skew) return earliest;
  for (;;) {
    await delay(beat);
    const next = await look(session, call);
    const second = secondOf(next);
    if (second !== first) return second - (next.came - moment); // it began between these two
  }
}

async function look(session: Session, { signal, timeout }: CallOptions): Promise<Timed> {
  const asked = performance.now();
  const answer = await session.send({ method: 'GET', path: '/1.0', signal, timeout });
  return { answer, asked, came: performance.now() };
}

function secondOf({ answer: { headers } }: Timed): number {
  return Date.parse(headers.date ?? '');
}
