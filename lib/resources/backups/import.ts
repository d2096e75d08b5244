import { InvalidInputError } from '../../errors/index.js';
import { applyInput, type CallOptions } from '../../orm/index.js';
import type { ServerFacts } from '../../rest/connection.js';
import { Resource } from '../kind/resource.js';

/** What an import says beside its file. */
type Said = Readonly<Record<string, string | undefined>>;

/** Refuses what a header would bring as something else, before anything is sent. @throws InvalidInputError */
export function assertHeaders(said: Said): void {
  for (const [name, value] of Object.entries(said)) {
    if (value === undefined || !/^\s|\s$|\p{Cc}/u.test(value)) continue;
    throw new InvalidInputError(
      `import(): the ${name} ${JSON.stringify(value)} has white space at its ends or control characters, which cannot be sent with a file`,
    );
  }
}

/** The headers of an import, which either product has under names of its own. */
export function importHeaders({ product }: ServerFacts, said: Said): Record<string, string> {
  const prefix = product === 'incus' ? 'x-incus-' : 'x-lxd-';
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(said)) {
    // Headers are sent as Latin 1: this makes it the UTF-8 that the servers read.
    if (value !== undefined) headers[prefix + name] = Buffer.from(value).toString('latin1');
  }
  return headers;
}

/** Gives what was just imported what its file could not say; where that fails, it is deleted again. */
export async function complete<M extends Resource>(
  made: M,
  input: object,
  { signal }: CallOptions,
): Promise<M> {
  try {
    applyInput(made, input);
    return await made.save({ onConflict: 'mine', signal });
  } catch (error) {
    await made.delete({ wait: true, ifExists: true }).catch((left: unknown) => {
      const { log } = Resource.sessionOf(made).connection;
      log.warn?.(`${made.toString()} was imported and is left: ${(left as Error).message}`);
    });
    throw error;
  }
}
