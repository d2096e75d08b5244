import { InvalidInputError, NotFoundError } from '../errors/index.js';
import { Operation, type OperationData } from '../operations/index.js';
import { assertKey, type CallOptions } from '../orm/index.js';
import { fillPath } from '../rest/endpoints/index.js';
import type { Session } from '../rest/session.js';

export interface OperationListOptions extends CallOptions {
  allProjects?: boolean | undefined;
}

/** The server's background work, and what of it ended less than 5 s ago: `client.operations`. */
export class OperationManager implements AsyncIterable<Operation> {
  readonly #session: Session;

  /** @internal */
  constructor(session: Session) {
    this.#session = session;
  }

  /** An operation by its id, without a request. */
  ref(id: string): Operation {
    assertKey(id, 'operation');
    if (id.includes('/'))
      throw new InvalidInputError(`${JSON.stringify(id)} is no operation's id; pass the UUID alone`);
    return this.#made({ url: fillPath('/1.0/operations/{id}', { id }) });
  }

  /** Resumes an operation by its id, in this process or another. @throws NotFoundError 5 s after its end */
  async get(id: string, options: CallOptions = {}): Promise<Operation> {
    return (await this.ref(id).fetch(options)).attach();
  }

  /** All operations, in one request. */
  async all({ allProjects, ...options }: OperationListOptions = {}): Promise<Operation[]> {
    const query = { recursion: 1, ...(allProjects ? { 'all-projects': true } : {}) };
    const { metadata } = await this.#session.send({
      method: 'GET',
      path: '/1.0/operations',
      query,
      ...options,
    });
    // By status: `{ running: [...], success: [...] }`, whatever the documentation says.
    const lists = Object.values((metadata ?? {}) as Record<string, OperationData[]>);
    return lists
      .flat()
      .map((data) => this.#made({ url: fillPath('/1.0/operations/{id}', { id: data.id }), data }));
  }

  /** The ids of all operations. */
  async names(options: OperationListOptions = {}): Promise<string[]> {
    return (await this.all(options)).map(({ id }) => id);
  }

  async exists(id: string, options: CallOptions = {}): Promise<boolean> {
    try {
      await this.ref(id).fetch(options);
      return true;
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      throw error;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Operation, void, undefined> {
    yield* await this.all();
  }

  #made(source: { url: string; data?: OperationData }): Operation {
    return new Operation(this.#session, source, () => undefined);
  }
}
