import { assertOptions, InvalidInputError, OperationError, type OptionNames } from '../../errors/index.js';
import { assertWaits, startNames, type Ended, type StartOptions } from '../../operations/index.js';
import type { Image } from '../images/image.js';
import { assertPublishable, publish, publishNames, type PublishOptions } from '../images/publish.js';
import type { RestStore } from '../kind/rest-store.js';
import type { Instance } from './instance.js';
import { startError } from './start-made.js';
import { isRefusal } from './refusal.js';
import { isRunning } from './status.js';
import { stopForNow } from './stopped.js';

/** How an image is made of an instance. */
export interface InstancePublishOptions extends PublishOptions {
  /**
   * Stop it for that if it runs, and start it again afterwards, also if no image could be made, or `signal` has fired. One
   * that fires while it is stopping rejects when it runs again, or after 10 s: then it is started again when it has
   * stopped, as long as the client is not closed. `timeout` is for the making of the image alone.
   */
  stop?: boolean | undefined;
}

const optionNames: OptionNames<InstancePublishOptions & StartOptions> = {
  ...publishNames,
  ...startNames,
  stop: true,
};

/** Makes an image of an instance. */
export async function publishInstance<I extends Image, W extends boolean>(
  instance: Instance,
  store: RestStore,
  { stop = false, ...options }: InstancePublishOptions & StartOptions<W>,
): Promise<Ended<I, W>> {
  assertOptions({ stop, ...options }, optionNames, 'publish()');
  const subject = { type: 'instance', name: instance.key } as const;
  if (stop) assertWaits(store.session, options, 'publish(): stop: true');
  if (stop && (await isToBeStopped(instance, store, options)))
    return (await publishStopped(instance, store, options)) as Ended<I, W>;
  try {
    return await publish<I, W>(store.session, subject, options);
  } catch (error) {
    throw explainRunning(error);
  }
}

/** Looks before anything is done whether it runs, and whether it could be stopped and started again. */
async function isToBeStopped(
  instance: Instance,
  store: RestStore,
  { signal }: PublishOptions,
): Promise<boolean> {
  const { data } = await store.read(instance.key, { signal });
  const { status } = data;
  if (status === 'Frozen')
    throw new InvalidInputError(
      `publish(): ${instance.toString()} is frozen, and so cannot be shut down: unfreeze it first`,
    );
  if (!isRunning(status)) return false;
  if (data.ephemeral !== true) return true;
  throw new InvalidInputError(
    `publish(): ${instance.toString()} is ephemeral, and would be deleted by its stop`,
  );
}

async function publishStopped(instance: Instance, store: RestStore, options: PublishOptions): Promise<Image> {
  const { signal } = options;
  await assertPublishable(store.session, options);
  await stopForNow(instance, signal);
  const subject = { type: 'instance', name: instance.key } as const;
  const image = await publish(store.session, subject, { ...options, wait: true }).catch(
    async (error: unknown) => {
      await instance.start({ wait: true, ifNeeded: true }).catch(() => undefined); // the other error says more
      throw error;
    },
  );
  try {
    await instance.start({ wait: true, ifNeeded: true });
  } catch (error) {
    throw isRefusal(error) ? startError(instance, `was published as ${image.fingerprint}`, error) : error;
  }
  return image;
}

function explainRunning(error: unknown): unknown {
  if (!(error instanceof OperationError) || !/running instance/i.test(error.message)) return error;
  const { status, operation, method, path, metadata } = error;
  return new OperationError(
    `${error.message}: stop it first, or publish({ stop: true }), which starts it again afterwards`,
    { cause: error, status, operation, method, path, metadata },
  );
}
