import { AbortedError, onAbort } from '../../errors/index.js';
import { atMost } from '../transfer/at-most.js';
import type { Instance } from './instance.js';

/** How long an abort waits for a stop that goes on, in ms. */
const patience = 10_000;

/**
 * Stops what is to be started again afterwards. The server goes on with a stop whose caller no longer waits: after an
 * abort it is started again as soon as it has stopped, which the rejection waits for, but not for long.
 * @throws AbortedError
 */
export async function stopForNow(instance: Instance, signal: AbortSignal | undefined): Promise<void> {
  const aborted = () => new AbortedError(`${instance.toString()}: aborted`, { cause: signal?.reason });
  if (signal?.aborted) throw aborted();
  const stopping = instance.stop({ wait: true, ifNeeded: true }); // not by the signal, which would hide how it ends
  let forget = () => undefined as void;
  const abort = new Promise<never>((_, reject) => {
    forget = onAbort(signal, () => {
      reject(aborted());
    });
  });
  try {
    await Promise.race([stopping, abort]);
  } catch (error) {
    if (signal?.aborted)
      await atMost(
        stopping.then(async () => instance.start({ wait: true, ifNeeded: true })).catch(() => undefined), // the abort is what is told
        patience,
      );
    throw error;
  } finally {
    forget();
  }
}
