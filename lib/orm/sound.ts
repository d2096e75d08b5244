import { InvalidInputError } from '../errors/index.js';
import { fieldsOf } from './fields.js';
import type { ModelClass } from './model.js';
import type { Store } from './store.js';

/** Classes whose models have been looked at. */
const sound = new WeakSet<object>();

/**
 * Refuses a class of models with class fields that hide the accessors: what is assigned to them would never be saved.
 * Only a model of it shows them, so one is made beforehand, once for each class.
 */
export function assertSound(Class: object, store: Store, key: string): void {
  if (sound.has(Class)) return;
  sound.add(Class);
  const probe = new (Class as ModelClass)(store, key);
  const hidden = fieldsOf(probe).find(({ property }) => Object.hasOwn(probe, property));
  if (!hidden) return;
  sound.delete(Class);
  const { name } = Class as ModelClass;
  throw new InvalidInputError(
    `The class field ${hidden.property} of ${name} hides the model's own property: write ` +
      `\`declare ${hidden.property}: …\`, without a value (compilers make a field of any other declaration)`,
  );
}
