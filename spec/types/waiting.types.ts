// Compiled by `npm run typecheck`, never run: one signature for each method that starts an operation.
import type {
  Instance,
  Operation,
  ProfileManager,
  Profile,
  Snapshot,
  StartOptions,
} from '../../lib/index.js';

declare const snapshot: Snapshot;
declare const instance: Instance;
declare const profiles: ProfileManager;
declare const passed: StartOptions;
declare const given: { wait: boolean };
declare const signal: AbortSignal;

/** Waits by default; what else is asked for changes nothing of that. */
(await snapshot.rename('b')) satisfies Snapshot;
(await snapshot.rename('b', { signal, timeout: 5 })) satisfies Snapshot;
(await snapshot.rename('b', { wait: true })) satisfies Snapshot;
(await snapshot.rename('b', { wait: false })) satisfies Operation<Snapshot>;

/** A wrapper's options are accepted whole, and then it is one or the other. */
(await snapshot.rename('b', passed)) satisfies Snapshot | Operation<Snapshot>;
(await instance.delete(passed)) satisfies void | Operation;
(await instance.delete({ ...given, force: true })) satisfies void | Operation;
// @ts-expect-error -- nobody knows whether it is the model
(await snapshot.rename('b', given)) satisfies Snapshot;
// @ts-expect-error -- no such option
await snapshot.rename('b', { wait: false, timout: 5 });

(await profiles.find('default')) satisfies Profile | undefined;
