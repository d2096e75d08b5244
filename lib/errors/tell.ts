/**
 * Calls somebody's listener. One that throws is an uncaught exception, as with any emitter, but stops neither the others
 * nor what we were at.
 */
export function tell<T>(listener: (value: T) => void, value: T): void {
  try {
    listener(value);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}
