import type * as Schemas from './schemas.generated.js';
import type {
  AnswerAt,
  BodyOf,
  EndpointKey,
  KeyOf,
  KindOf,
  KnownPath,
  Method,
  ParamsOf,
  PathsOf,
  QueryOf,
} from './types.js';
import type { QueryValue } from './values.js';

/** What every request takes, whatever the endpoint. */
export interface CommonRequestOptions {
  headers?: Record<string, string> | undefined;
  signal?: AbortSignal | undefined;
  /** Milliseconds for the whole call, waiting included. */
  timeout?: number | undefined;
  /** Hears of the operation that the request started, as long as it is waited for. */
  onProgress?: ((operation: Schemas.Operation) => void) | undefined;
  /** The project, in place of the client's. */
  project?: string | undefined;
  /** The cluster member, in place of the client's. */
  target?: string | undefined;
  /** The ETag that the object must still have. */
  ifMatch?: string | undefined;
}

type Empty = Record<never, never>;

// `recursion` is typed apart, so that its value can be inferred and choose the answer.
type QueryAt<K extends EndpointKey, R> = QueryOf<K> &
  ('recursion' extends keyof QueryOf<K> ? { recursion?: R } : unknown);

type QueryOption<K extends EndpointKey, R> = [keyof QueryOf<K>] extends [never]
  ? { query?: Record<string, never> | undefined }
  : Empty extends QueryOf<K>
    ? { query?: QueryAt<K, R> | undefined }
    : { query: QueryAt<K, R> };

type BodyOption<K extends EndpointKey> = [BodyOf<K>] extends [undefined]
  ? { body?: undefined }
  : { body: BodyOf<K> };

/**
 * The options of a known endpoint: its path parameters by name, `query`, `body`, `wait`.
 * `R` is the level of recursion asked for, `W` whether an operation is waited for.
 */
export type RequestOptionsOf<
  K extends EndpointKey,
  R = unknown,
  W = boolean,
  TCommon = CommonRequestOptions,
> = ParamsOf<K> & QueryOption<K, R> & BodyOption<K> & { wait?: W | undefined } & TCommon;

type ParamNames<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamNames<Rest>
  : never;

/** The options of a path outside the facts; `{x}` in it is filled from the option `x` all the same. */
export type UnknownRequestOptions<P extends string, TCommon = CommonRequestOptions> = {
  query?: Record<string, QueryValue | readonly QueryValue[] | undefined> | undefined;
  body?: unknown;
  wait?: boolean | undefined;
} & Record<ParamNames<P>, string> &
  (string extends P ? Record<string, unknown> : unknown) &
  TCommon;

type Optional<O> = Empty extends O ? [options?: O] : [options: O];

type SocketPath<M extends Method, P extends string> =
  KindOf<KeyOf<M, P>> extends 'websocket' | 'upgrade' ? true : false;

/** The third argument of a request. A tuple of `never` refuses the call. */
// The brackets matter: distributing over P would make half a million types of a single call.
export type RequestArguments<M extends Method, P extends string, R, W, TCommon> = [P] extends [PathsOf<M>]
  ? SocketPath<M, P> extends true
    ? [notARequestButASocket: never]
    : Optional<RequestOptionsOf<KeyOf<M, P>, R, W, TCommon>>
  : [P] extends [KnownPath]
    ? [noSuchMethodOnThisPath: never]
    : Optional<UnknownRequestOptions<P, TCommon>>;

/** What stands for a token, and ends when that is used, is never waited for. */
type TokenKey =
  'POST /1.0/certificates' | 'POST /1.0/images/{fingerprint}/secret' | 'POST /1.0/cluster/members';

type Started<K, W, TOperation> = W extends false
  ? TOperation
  : K extends TokenKey
    ? TOperation
    : Schemas.Operation;

// Distributes over K, so that a request whose method or path is one of several has the union of their answers.
type KindAnswer<K, R, W, TOperation, TRaw> = K extends EndpointKey
  ? KindOf<K> extends 'async'
    ? Started<K, W, TOperation>
    : KindOf<K> extends 'sync|async'
      ? AnswerAt<K, R> | Started<K, W, TOperation>
      : KindOf<K> extends 'raw'
        ? TRaw | (unknown extends AnswerAt<K, R> ? never : AnswerAt<K, R>)
        : AnswerAt<K, R>
  : never;

/** What a request resolves with; unknown for a path outside the facts. */
export type RequestAnswer<M extends Method, P extends string, R, W, TOperation, TRaw> = [P] extends [
  PathsOf<M>,
]
  ? KindAnswer<KeyOf<M, P>, R, W, TOperation, TRaw>
  : unknown;

/**
 * The signature of `client.request`. Known methods and paths are completed and checked; any other path is
 * taken as well, with an `unknown` answer. Resolves with the metadata of a synchronous answer and with the
 * finished operation of an asynchronous one, or at once with a `TOperation` for `{ wait: false }` (where a call does not
 * say, for `TWait`) and for what stands for a token; answers that are no JSON are a `TRaw`.
 */
export type ClientRequest<TOperation, TRaw, TCommon = CommonRequestOptions, TWait extends boolean = true> = <
  M extends Method,
  P extends PathsOf<M> | (string & {}),
  const R = 0,
  W extends boolean = TWait,
>(
  method: M,
  path: P,
  ...options: RequestArguments<M, P, R, W, TCommon>
) => Promise<RequestAnswer<M, P, R, W, TOperation, TRaw>>;
