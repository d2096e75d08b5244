import { access, constants, stat } from 'node:fs/promises';
import { InvalidInputError } from '../../errors/index.js';

/** The length in bytes of a file that is to be sent. @throws InvalidInputError, before anything is sent, if it cannot be read */
export async function readableFile(path: string, what: 'an upload' | 'an import'): Promise<number> {
  const unreadable = (error: unknown): never => {
    throw new InvalidInputError(`${path} cannot be read for ${what}: ${(error as Error).message}`, error);
  };
  const found = await stat(path).catch(unreadable);
  if (!found.isFile()) throw new InvalidInputError(`${path} is not a file, so it cannot be read for ${what}`);
  await access(path, constants.R_OK).catch(unreadable);
  return found.size;
}
