export type * from './config-keys.generated.js';
export type { Endpoints } from './endpoints.generated.js';
export type * from './events.generated.js';
export type { ApiExtension } from './extensions.generated.js';
export {
  eventTypes,
  instanceActions,
  instanceTypes,
  statusNames,
  type InstanceAction,
  type InstanceType,
  type StatusCode,
} from './names.generated.js';
export { buildQuery, fillPath, type Query } from './path.js';
export type {
  ClientRequest,
  CommonRequestOptions,
  RequestAnswer,
  RequestArguments,
  RequestOptionsOf,
  UnknownRequestOptions,
} from './request.js';
export type * as Schemas from './schemas.generated.js';
export type {
  AnswerAt,
  AnswerOf,
  BodyOf,
  EndpointKey,
  KeyOf,
  KindOf,
  KnownPath,
  Method,
  ParamsOf,
  PathFamily,
  PathsOf,
  QueryOf,
} from './types.js';
export type { QueryValue, RawBody } from './values.js';
