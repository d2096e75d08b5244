import { AlreadyExistsError } from '../../errors/index.js';
import { withArticle } from '../../orm/index.js';

/** Says which name is taken, and what to do: the servers' words are often `UNIQUE constraint failed: instances.name`. */
export async function namingTaken<T>(work: Promise<T>, kind: string, name: string | undefined): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof AlreadyExistsError) || name === undefined) throw error;
    const { message, status, operation, method, path } = error;
    throw new AlreadyExistsError(
      `There is ${withArticle(kind)} '${name}' already; ensure() takes one that is there: ${message}`,
      { cause: error, status, operation, method, path },
    );
  }
}
