/** Who listens to a signal, behind the one listener that the signal has of us. */
interface Shared {
  readonly calls: Set<() => void>;
  readonly fire: () => void;
}

const shared = new WeakMap<AbortSignal, Shared>();

/**
 * Calls `listener` when a signal fires that has not fired yet; returns what takes it back. All of them are one listener
 * of the signal: one signal for all that a program does is good style, but Node takes more than ten for a leak.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (!signal) return () => undefined;
  const { calls, fire } = shared.get(signal) ?? listenTo(signal);
  const own = () => {
    listener(); // a function of its own, so that the same one can listen twice
  };
  calls.add(own);
  return () => {
    if (!calls.delete(own) || calls.size > 0) return;
    signal.removeEventListener('abort', fire);
    shared.delete(signal);
  };
}

function listenTo(signal: AbortSignal): Shared {
  const calls = new Set<() => void>();
  const fire = () => {
    shared.delete(signal);
    for (const call of [...calls]) call();
    calls.clear();
  };
  signal.addEventListener('abort', fire, { once: true });
  const made = { calls, fire };
  shared.set(signal, made);
  return made;
}

/**
 * A controller that also fires with any of the signals, and what takes it back. Not AbortSignal.any: on a signal that lives
 * long, Node 20 keeps what it made.
 */
export function linked(...signals: readonly (AbortSignal | undefined)[]): {
  stop: AbortController;
  forget: () => void;
} {
  const stop = new AbortController();
  const forgets = signals.map((signal) => onAbort(signal, () => stop.abort(signal?.reason)));
  const fired = signals.find((signal) => signal?.aborted);
  if (fired) stop.abort(fired.reason);
  return { stop, forget: () => forgets.forEach((forget) => forget()) };
}
