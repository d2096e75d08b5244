import {
  AlreadyExistsError,
  ClusterMemberError,
  ConnectionError,
  InvalidInputError,
  isLxdError,
  NotFoundError,
  tell,
  UnsentRequest,
} from '../../errors/index.js';
import {
  assertWaiting,
  isLost,
  run,
  seeThrough,
  type Ended,
  type Finish,
  type StartOptions,
} from '../../operations/index.js';
import { emptyMap, isMap, type CallOptions, type JsonMap } from '../../orm/index.js';
import { asObject } from '../../rest/answers.js';
import type { Session } from '../../rest/session.js';
import { createdOnce } from '../kind/lost/created.js';
import { onceDone, type Look } from '../kind/lost/settle.js';
import { read } from '../kind/lost/looks.js';
import { serverFacts } from '../kind/server-facts.js';
import { clearUp } from '../migrate/ends.js';
import { Limit } from '../transfer/limit.js';
import { membersOf, type MemberState } from './members.js';
import { split, type Parts } from './parts.js';
import { assertFinished } from './unfinished.js';

/** What is to be created. */
export interface NewThing {
  session: Session;
  /** The kind's name in messages. */
  kind: string;
  name: string;
  /** The path of the list, and of the new one. */
  collection: string;
  path: string;
  /** By the server's names, with `members`. */
  body: JsonMap;
}

/** What servers say to a creation in one step, where it takes several. */
const undefinedYet = /\bnot pending on any (?:node|member)\b/i;

/** What they say where somebody else has finished it meanwhile. */
const finished = /\bis already created\b/i;

/** What they say of a key that is not where it belongs. */
const misplaced =
  /\bis cluster member specific\b|\bmay not be used as (?:cluster )?member[- ]specific key\b/i;

/**
 * Creates what each cluster member has a part of: defines it on each (`POST …?target=member`), then makes it on all of them.
 * What fails or is aborted is undone. On a single server, and for what is the same on all members, it is one request.
 */
export async function createParted<T, W extends boolean>(
  thing: NewThing,
  parts: Parts,
  options: StartOptions<W>,
  finish: Finish<T>,
): Promise<Ended<T, W>> {
  const { members: given, ...body } = thing.body;
  const members = isMap(given) ? given : undefined;
  const session = thing.session.derive({ target: undefined }); // else it would be defined there, and no more
  const whole = parts.whole?.(body);
  if (members && whole !== undefined) throw new InvalidInputError(`create(): ${whole}: it takes no members`);
  const request = { method: 'POST', path: thing.collection, body };
  const send = (how: StartOptions<W>) => run(session, request, how, finish);
  const atOnce = async () =>
    createdOnce({ session, kind: thing.kind }, thing.path, { body, send, finish }, options);
  const call = { signal: options.signal };
  const { clustered, product } = await serverFacts(session, call);
  if (!clustered && !members) {
    try {
      return await atOnce();
    } catch (error) {
      if (!isLxdError(error) || !undefinedYet.test(error.message)) throw error; // it has joined a cluster since
    }
  }
  const states = whole === undefined ? await membersOf(session, call) : [];
  if (!states)
    throw new InvalidInputError(
      `create() of a ${thing.kind}: members are those of a cluster, and this is none`,
    );
  const names = states.map(({ name }) => name);
  const config = isMap(body.config) ? body.config : emptyMap();
  const { common, own } = split(config, parts.keys(body, product), names, members, `${thing.kind}.members`);
  assertOnline(states, thing);
  await assertFree(session, thing, call);
  const phases = { ...thing, session, body: { ...body, config: common } };
  return new Phases<T, W>(phases, options).run(own, finish);
}

/** The steps of a creation, which see each request through: an abort takes effect after it, and what was made is undone. */
class Phases<T, W extends boolean> {
  readonly #thing: NewThing;
  readonly #options: StartOptions<W>;
  readonly #limit: Limit;

  constructor(thing: NewThing, options: StartOptions<W>) {
    const { signal, timeout } = options;
    assertWaiting(options);
    this.#thing = thing;
    this.#options = options;
    this.#limit = new Limit(`create() of the ${thing.kind} '${thing.name}'`, signal, timeout);
  }

  async run(own: ReadonlyMap<string, JsonMap>, finish: Finish<T>): Promise<Ended<T, W>> {
    try {
      await this.#define(own);
      return await this.#make(finish);
    } finally {
      this.#limit.clear();
    }
  }

  async #define(own: ReadonlyMap<string, JsonMap>): Promise<void> {
    const { session, collection, body } = this.#thing;
    // A description is refused here by newer Incus; of the config only what is the member's own is taken.
    const { description: _, ...described } = body;
    let defined = 0;
    for (const [member, config] of own) {
      const target = new URLSearchParams({ target: member }).toString();
      const request = { method: 'POST', path: `${collection}?${target}`, body: { ...described, config } };
      try {
        this.#limit.signal.throwIfAborted();
        await run(session, request, { wait: true }, () => undefined);
        defined++;
        const percent = Math.round((100 * defined) / (own.size + 1));
        if (this.#options.onProgress)
          tell(this.#options.onProgress, { stage: 'define', percent, text: member });
      } catch (error) {
        throw defined === 0 && !isLost(error) ? explained(error) : await this.#undone(error);
      }
    }
  }

  async #make(finish: Finish<T>): Promise<Ended<T, W>> {
    const { session, collection, body } = this.#thing;
    const { wait, onProgress } = this.#options;
    let isMade = false;
    const failed = async (error: unknown): Promise<never> => {
      // It may be under way still, where the connection was lost; or it is there, and could not be read.
      if (isMade || error instanceof ConnectionError || isLost(error)) throw error;
      throw await this.#undone(error);
    };
    const finished: Finish<T> = async (data) => {
      if (this.#limit.signal.aborted) throw await this.#undone(this.#limit.signal.reason);
      isMade = true;
      return finish(data);
    };
    const request = { method: 'POST', path: collection, body };
    try {
      this.#limit.signal.throwIfAborted();
      const send = (how: StartOptions<W>) => run(session, request, how, finished, failed);
      const look = lookForMade(this.#thing);
      const made = { method: 'POST', path: this.#thing.path, send, finish: finished, look };
      return seeThrough(await onceDone(session, made, { wait, onProgress }));
    } catch (error) {
      return failed(error);
    }
  }

  /** The error of what was undone for its sake; once for each. */
  async #undone(reason: unknown): Promise<unknown> {
    const error = explained(reason);
    if (undone.has(error) || error instanceof UnsentRequest) return error;
    undone.add(error);
    if (finished.test(error.message)) return error;
    const { session, path, name } = this.#thing;
    try {
      await clearUp(name, error, async () =>
        run(session, { method: 'DELETE', path }, { wait: true }, () => undefined),
      );
      return error;
    } catch (worse) {
      undone.add(worse as Error);
      return worse;
    }
  }
}

/** After the last step was lost: what is defined and no more is `Pending`. */
function lookForMade({ session, kind, path }: NewThing): Look {
  return async (call) => {
    const { status } = (await read({ session, kind }, path, call)) ?? {};
    if (status === 'Created') return 'done';
    return status === 'Pending' ? 'undone' : 'unknown';
  };
}

/** What has been undone already, or cannot be. */
const undone = new WeakSet<Error>();

function explained(reason: unknown): Error {
  const error = reason as Error;
  if (!isLxdError(error) || !misplaced.test(error.message)) return error;
  return new InvalidInputError(
    `${error.message}: what a member has of its own belongs into members, all else into config`,
    error,
  );
}

/** @throws ClusterMemberError: the last step would fail, and undoing it too */
function assertOnline(states: readonly MemberState[], { kind, collection: path }: NewThing): void {
  const away = states.find(({ status }) => status === 'Offline')?.name;
  if (away === undefined) return;
  throw new ClusterMemberError(
    `create() of a ${kind} needs every member of the cluster, and ${away} is offline`,
    { member: away, method: 'POST', path },
  );
}

/** @throws AlreadyExistsError, before it is defined anywhere */
async function assertFree(session: Session, thing: NewThing, options: CallOptions): Promise<void> {
  const { kind, name, path } = thing;
  const request = { method: 'GET', path, ...options };
  let data: JsonMap;
  try {
    data = asObject<JsonMap>(await session.send(request), request);
  } catch (error) {
    if (error instanceof NotFoundError) return;
    throw error;
  }
  assertFinished(data, kind, name);
  throw new AlreadyExistsError(`There is a ${kind} '${name}' already; ensure() takes one that is there`, {
    method: 'POST',
    path: thing.collection,
  });
}
