import { constants } from 'node:buffer';
import { authorizations, type ConnectOptions, type Found } from '../connect/index.js';
import { assertSignal, described, InvalidInputError, milliseconds, shown } from '../errors/index.js';
import { Connection, type Log } from './connection.js';
import { Session } from './session.js';

/** What a client is made of; without any of it the local server is looked for at the first request. */
export interface ClientOptions<A extends boolean = true> extends ConnectOptions {
  /** The project of every request; the server's `default` without it. */
  project?: string | undefined;
  /** The cluster member of every request. */
  target?: string | undefined;
  /**
   * Milliseconds for which the server may do nothing, 60,000 by default, 0 or Infinity for no limit: until it begins to
   * answer, between two pieces of an answer, and while it takes no more of an upload. Waits for operations have none unless
   * asked. The `timeout` of a single call is another: it is for the whole of the call.
   */
  timeout?: number | undefined;
  /** Bytes of an answer that is read into memory (a list, a refusal; no file), 256 MiB by default; longer ones are refused. */
  maxAnswerSize?: number | undefined;
  /** Headers of every request. */
  headers?: Record<string, string> | undefined;
  /** Where to say what happens; never holds a secret. */
  log?: Log | undefined;
  /**
   * `false`: methods that start an operation, and take `wait`, resolve with it unless a call says `wait: true`. By default
   * they wait for its end. Methods of several requests wait in every case.
   */
  autoWait?: A | undefined;
}

const optionNames: Record<keyof ClientOptions, true> = {
  socketPath: true,
  endpoint: true,
  clientCert: true,
  clientKey: true,
  passphrase: true,
  serverCert: true,
  ca: true,
  verify: true,
  proxy: true,
  acceptCertificate: true,
  bearer: true,
  clientJwt: true,
  oidc: true,
  project: true,
  target: true,
  timeout: true,
  maxAnswerSize: true,
  headers: true,
  log: true,
  autoWait: true,
};

const longestText = constants.MAX_STRING_LENGTH;

/** The session of a new client. @throws InvalidInputError for options that contradict each other or are not known */
export function sessionFrom(options: ClientOptions<boolean>, found?: Found): Session {
  assertClientOptions(options);
  const { project, target, timeout, maxAnswerSize, headers, log, autoWait, ...connect } = options;
  milliseconds(timeout);
  assertAnswerSize(maxAnswerSize);
  assertHeaders(connect, headers);
  if (autoWait !== undefined && typeof autoWait !== 'boolean')
    throw new InvalidInputError(`autoWait must be a boolean, not ${described(autoWait)}`);
  if (project !== undefined) assertNamed(project, 'project');
  if (target !== undefined) assertNamed(target, 'cluster member');
  return new Session(new Connection(connect, log, found), {
    project,
    target,
    timeout,
    maxAnswerSize,
    headers,
    autoWait,
  });
}

/** Refuses what nothing would read; `more` are options beside those of a client. @throws InvalidInputError */
export function assertClientOptions(options: unknown, more: Readonly<Record<string, true>> = {}): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const given = options === null ? 'null' : Array.isArray(options) ? 'a list' : `a ${typeof options}`;
    throw new InvalidInputError(`The options of a client must be an object, not ${given}`); // a text may be secret
  }
  const names = { ...optionNames, ...more };
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(names, name));
  if (unknown !== undefined) {
    if (unknown === 'token')
      throw new InvalidInputError('new Client() takes no token: pass it to Client.connect()');
    throw new InvalidInputError(
      `Unknown client option ${shown(unknown)}; there are ${Object.keys(names).join(', ')}`,
    );
  }
  assertServerSaid(options);
  assertSignal((options as { signal?: unknown }).signal);
  assertLog((options as { log?: unknown }).log);
}

/** A variable that is not set must not stand for the local server, where one may be root. @throws InvalidInputError */
function assertServerSaid(options: { token?: unknown; endpoint?: unknown; socketPath?: unknown }): void {
  if (Object.hasOwn(options, 'token') && options.token === undefined) {
    throw new InvalidInputError('token is undefined: pass the text of a token, or leave it out');
  }
  const places = ['token', 'endpoint', 'socketPath'] as const;
  if (places.some((name) => options[name] !== undefined)) return;
  const missing = places.find((name) => Object.hasOwn(options, name));
  if (missing === undefined) return;
  throw new InvalidInputError(
    `${missing} is undefined: say where the server is, or leave it out for the local one`,
  );
}

/** Refuses headers in place of which another option is. @throws InvalidInputError */
function assertHeaders(options: ConnectOptions, headers: Record<string, string> | undefined): void {
  const [way] = authorizations(options);
  if (way === undefined || typeof headers !== 'object') return;
  const ours = way === 'oidc' ? ['authorization', 'cookie', 'user-agent'] : ['authorization'];
  const given = Object.keys(headers).find((name) => ours.includes(name.toLowerCase()));
  if (given === undefined) return;
  throw new InvalidInputError(`${way} sets the header ${given} itself: leave it out of headers`);
}

const logMethods = ['error', 'warn', 'info', 'debug'] as const satisfies readonly (keyof Log)[];

/** Refuses what nothing would be said to, such as a function in place of a logger. */
function assertLog(log: unknown): void {
  if (log === undefined) return;
  const isLogger =
    (typeof log === 'object' || typeof log === 'function') && log !== null && !Array.isArray(log);
  const given = logMethods.map((name) => (isLogger ? (log as Record<string, unknown>)[name] : undefined));
  const isNone = typeof log === 'function' && given.every((one) => one === undefined);
  if (isLogger && !isNone && given.every((one) => one === undefined || typeof one === 'function')) return;
  throw new InvalidInputError(
    `log must be an object with any of the methods ${logMethods.join(', ')}, such as console`,
  );
}

/** Refuses what cannot be the name of a project or member. @throws InvalidInputError */
export function assertNamed(name: unknown, what: string): asserts name is string {
  if (typeof name === 'string' && name !== '') return;
  throw new InvalidInputError(`The name of the ${what} must be a non-empty string`);
}

/** No text of JavaScript's can be longer than the upper bound. */
function assertAnswerSize(bytes: unknown): void {
  if (bytes === undefined || (Number.isInteger(bytes) && Number(bytes) > 0 && Number(bytes) <= longestText)) {
    return;
  }
  throw new InvalidInputError(
    `maxAnswerSize must be a number of bytes from 1 to ${String(longestText)}, not ${described(bytes)}`,
  );
}
