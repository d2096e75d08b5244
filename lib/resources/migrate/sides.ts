import { OperationError } from '../../errors/index.js';
import { start, type Operation, type OperationData, type Progress } from '../../operations/index.js';
import type { JsonMap } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import type { Websocket } from '../../rest/transport.js';
import { atMost } from '../transfer/at-most.js';
import { unreachable } from '../transfer/peer.js';

/** What every mode needs to bring a thing from one server to another. */
export interface Plan {
  from: Session;
  to: Session;
  /** Where the source is asked to give: the path of what is to be brought. */
  path: string;
  /** What it is asked. */
  offer: JsonMap;
  /** Where the target is asked to take: the path of a creation. */
  home: string;
  /** The body of that, whose source lacks only what depends on the mode. */
  body: JsonMap;
  source: JsonMap;
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Fires with the error that is to be thrown. */
  cut: AbortSignal;
}

/** A side of a migration: an operation, and by name the secrets of its websockets where it has any. */
export interface Side {
  session: Session;
  operation: Operation<OperationData>;
  secrets: Record<string, string>;
}

/** How a side ended; it is never a rejection. */
export type End = { data: OperationData } | { error: Error };

/** Asks the source to give. Never aborted on the way: what it had begun would not be known. */
export async function offer({ from, path, offer: body }: Plan, more: JsonMap = {}): Promise<Side> {
  return begin(from, path, { ...body, ...more });
}

/** Asks the target to take. Nor is this aborted. */
export async function take({ to, home, body, source }: Plan, more: JsonMap): Promise<Side> {
  return begin(to, home, { ...body, source: { ...source, type: 'migration', ...more } });
}

/** The websockets of a migration; beside their secrets there are URLs (newer LXD), and later progress. */
const socketNames = ['control', 'fs', 'criu'];

async function begin(session: Session, path: string, body: JsonMap): Promise<Side> {
  const operation = await start(session, { method: 'POST', path, body }, (data) => data, { waited: true });
  const secrets: Record<string, string> = {};
  for (const name of socketNames) {
    const secret = operation.metadata[name];
    if (typeof secret === 'string') secrets[name] = secret;
  }
  return { session, operation, secrets };
}

/** Connects to a side, by the name of one of its secrets. */
export async function openSocket({ session, operation, secrets }: Side, name: string): Promise<Websocket> {
  const path = `/1.0/operations/${encodeURIComponent(operation.id)}/websocket`;
  return session.websocket({ path, query: { secret: secrets[name] } });
}

/** How a side ends, followed from now on. */
export async function endOf({ operation }: Side, onProgress?: Plan['onProgress']): Promise<End> {
  try {
    return { data: await operation.wait({ onProgress }) };
  } catch (error) {
    return { error: error as Error };
  }
}

/** Asks a side to give up. Whether it can is the server's affair: how it ended is what counts. */
export async function cancel({ operation }: Side): Promise<void> {
  if (operation.state === 'running') await operation.cancel().catch(() => undefined);
}

/** How long, in ms, the source may take to end after its target. */
const patience = 10_000;

/**
 * Waits for both sides. The target's end is what counts, and its error is told, with the source's where that came before
 * it; the source has ended too then. `stop` is how to end both before their time, which `cut` asks for.
 */
export async function together(
  { cut, onProgress }: Plan,
  source: Side,
  target: Side,
  stop: (moving: Promise<unknown>) => void | Promise<void>,
): Promise<OperationData> {
  let moves: () => void = () => undefined;
  const moving = new Promise<void>((resolve) => (moves = resolve));
  let teller: Side | undefined; // both count the same bytes, so one is enough
  const tellOf = (side: Side) => (progress: Progress) => {
    moves();
    teller ??= side;
    if (side === teller && !cut.aborted) onProgress?.(progress);
  };
  let first: Error | undefined;
  const sourceEnd = endOf(source, tellOf(source));
  const targetEnd = endOf(target, tellOf(target));
  const neverCame = sourceEnd.then(async (end): Promise<End> => {
    if ('error' in end) first = end.error;
    return first && unreachable(first) ? { error: first } : targetEnd;
  });
  const onCut = () => void stop(Promise.race([moving, targetEnd]));
  cut.addEventListener('abort', onCut, { once: true });
  if (cut.aborted) onCut();
  try {
    const end = await Promise.race([targetEnd, neverCame]);
    const before = 'error' in end && first !== end.error ? first : undefined;
    if ('data' in end) {
      await atMost(sourceEnd, patience); // until then it is busy, and cannot be deleted
      return end.data;
    }
    if (unreachable(end.error)) await cancel(source);
    await atMost(sourceEnd, 1000); // it has noticed by itself, mostly
    await cancel(source);
    const told = !before || end.error.message.includes(source.operation.err);
    throw cut.aborted || told ? end.error : both(end.error, before);
  } finally {
    cut.removeEventListener('abort', onCut);
  }
}

/** A source that fails takes its target along, which then knows only that it was left. */
function both(error: Error, before: Error): Error {
  return new OperationError(`${error.message}; before that at the source: ${before.message}`, {
    cause: error,
  });
}
