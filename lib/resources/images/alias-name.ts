import { InvalidInputError } from '../../errors/index.js';
import { describe } from '../../orm/index.js';

/** Names of aliases may have slashes. */
export function assertAliasName(name: unknown): asserts name is string {
  if (typeof name === 'string' && name !== '') return;
  throw new InvalidInputError(
    name === ''
      ? 'The name of an image alias is empty'
      : `The name of an image alias must be a string, not ${describe(name)}`,
  );
}
