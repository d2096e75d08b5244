import { InvalidInputError, isLxdError } from '../../errors/index.js';

/** What is read, where the server knows only one such; `says` is how it refuses several. @throws InvalidInputError */
export async function onlyOne<T>(reading: Promise<T>, says: RegExp, message: string): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw isLxdError(error) && says.test(error.message) ? new InvalidInputError(message, error) : error;
  }
}
