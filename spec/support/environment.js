import { AsyncLocalStorage } from 'node:async_hooks';
import { TestEnvironment } from 'jest-environment-node';

// jest 30.5 leaves one AsyncLocalStorage enabled for each spec file that a worker has run. Node 20 asks each of them at
// every promise, and keeps what they hold: a quarter of the time of all specs.
const used = new Set();
const { run } = AsyncLocalStorage.prototype;
AsyncLocalStorage.prototype.run = function (...args) {
  used.add(this);
  return run.apply(this, args);
};

/** jest's environment of Node, which leaves none of them behind. */
export default class Environment extends TestEnvironment {
  async teardown() {
    await super.teardown();
    for (const storage of used) storage.disable();
    used.clear();
  }
}
