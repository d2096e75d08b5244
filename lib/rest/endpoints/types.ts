import type { Endpoints } from './endpoints.generated.js';
import type * as Schemas from './schemas.generated.js';

/** A known endpoint, such as `'GET /1.0/instances/{name}'`. */
export type EndpointKey = keyof Endpoints;

/** A method that some endpoint is offered on. */
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

type PathIn<K extends string, M extends Method> = K extends `${M} ${infer P}` ? P : never;

/** The known paths of a method. */
export type PathsOf<M extends Method> = PathIn<EndpointKey, M>;

/** Paths that the facts have once for each value of a parameter. */
export type PathFamily = Family<
  '/1.0/auth/identities/{authenticationMethod}/{nameOrIdentifier}',
  'tls' | 'oidc' | 'bearer'
>;

/** The path, if the facts have it with each of these values in the place of its first parameter. */
type Family<
  P extends `${string}/{${string}}/${string}`,
  V extends string,
> = P extends `${infer Before}/{${string}}/${infer After}`
  ? `${Before}/${V}/${After}` extends PathsOf<'GET'>
    ? P
    : never
  : never;

/** Every known path, whatever its methods. */
export type KnownPath = PathsOf<Method>;

/** The key of a method and path; `never` for one outside the facts. */
export type KeyOf<M extends Method, P extends string> = Extract<`${M} ${P}`, EndpointKey>;

/** The path parameters of an endpoint. */
export type ParamsOf<K extends EndpointKey> = Endpoints[K]['params'];

/** The query parameters of an endpoint. */
export type QueryOf<K extends EndpointKey> = Endpoints[K]['query'];

/** The body of an endpoint; `undefined` where it takes none. */
export type BodyOf<K extends EndpointKey> = Endpoints[K]['body'];

/** How an endpoint answers; `'sync|async'` where that depends on the server or on the request. */
export type KindOf<K extends EndpointKey> = Endpoints[K]['kind'];

type VariantsOf<K extends EndpointKey> = Endpoints[K]['variants'];

type Variant<V, Level, Otherwise> = Level extends keyof V ? V[Level] : Otherwise;

/** The synchronous answer at a level of recursion; a selector such as `'2;fields=state.disk'` is level 2. */
export type AnswerAt<K extends EndpointKey, Recursion> = Recursion extends `2;${string}`
  ? Variant<VariantsOf<K>, 2, Endpoints[K]['answer']>
  : Variant<VariantsOf<K>, Recursion, Endpoints[K]['answer']>;

/** The answer to a request with that query: the metadata, or the finished operation where one is started. */
export type AnswerOf<K extends EndpointKey, Query = undefined> =
  | AnswerAt<K, Query extends { recursion: infer Recursion } ? Recursion : 0>
  | (KindOf<K> extends 'sync|async' ? Schemas.Operation : never);
