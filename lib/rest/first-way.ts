import { describeEndpoint, type Endpoint } from '../connect/endpoint.js';
import type { Proof } from '../connect/oidc/authorization.js';
import type { ConnectOptions } from '../connect/options.js';
import {
  AbortedError,
  CertificateError,
  ClosedError,
  ConnectionError,
  isLxdError,
  onAbort,
  TimeoutError,
  type LxdError,
} from '../errors/index.js';
import { askedOf, type Asked } from './asked.js';
import { openEnvelope } from './envelope.js';
import { transportTo } from './got-transport.js';

/** One way to a server: an address of it, and the options that it is of. */
export interface Way {
  endpoint: Endpoint;
  options: ConnectOptions;
}

type Ways = readonly [Way, ...Way[]];

/** How long an address may take to say what it is, in ms. */
const timeout = 10_000;

/**
 * The first address that answers, with the first certificate that is trusted there; with the first of all where none is.
 * `prepare` completes a way before anything is sent.
 * @throws CertificateError if no address shows the right certificate; ConnectionError naming each that was tried
 */
export async function firstOf(
  ways: Ways,
  closing: AbortSignal,
  prepare: (way: Way) => Way | Promise<Way>,
): Promise<Way> {
  const failures: { way: Way; error: LxdError }[] = [];
  let answered: Way | undefined;
  for (const way of ways) {
    const address = describeEndpoint(way.endpoint);
    // Who has answered is the server: the other addresses know us no better.
    if (answered && describeEndpoint(answered.endpoint) !== address) break;
    // A server may end the handshake for what is wrong with one certificate of ours; who is away stays away.
    const last = failures.at(-1);
    if (last && describeEndpoint(last.way.endpoint) === address && !(last.error instanceof CertificateError))
      continue;
    try {
      const ready = await prepare(way);
      if (await isTrusted(ready, closing)) return ready;
      answered ??= ready;
    } catch (error) {
      if (closing.aborted) throw new ClosedError('The client is closed; make a new Client');
      if (!isLxdError(error)) throw error;
      failures.push({ way, error });
    }
  }
  if (answered) return answered;
  throw summary(failures);
}

/** A request that waits for the connection. */
export interface Asking {
  asked: Asked;
  signal?: AbortSignal | undefined;
  /** Milliseconds that are left to it. */
  timeout?: number | undefined;
}

/** Waits as long as one request may; the search goes on for the others. */
export async function within<T>(opening: Promise<T>, { asked, signal, timeout: left }: Asking): Promise<T> {
  if (signal === undefined && left === undefined) return opening;
  opening.catch(() => undefined); // nobody may be left to hear of it
  return new Promise((resolve, reject) => {
    const about = `${asked.method} ${asked.path}`;
    const late = () => fail(new TimeoutError(`${about}: no connection to the server within its time`, asked));
    const aborted = () => fail(new AbortedError(`${about}: aborted`, { ...asked, cause: signal?.reason }));
    const timer = left === undefined ? undefined : setTimeout(late, Math.max(1, left));
    const forget = onAbort(signal, aborted);
    const settle = () => {
      clearTimeout(timer);
      forget();
    };
    const fail = (error: Error) => {
      settle();
      reject(error);
    };
    if (signal?.aborted) aborted();
    opening.then((opened) => {
      settle();
      resolve(opened);
    }, fail);
  });
}

async function isTrusted({ endpoint, options }: Way, signal: AbortSignal): Promise<boolean> {
  const transport = await transportTo(endpoint);
  try {
    const headers = { ...(await proofOf(options)) };
    const request = { method: 'GET', path: '/1.0', headers, timeout, begun: performance.now(), signal };
    const answer = openEnvelope(await transport.request(request), askedOf(request));
    return (answer.metadata as { auth?: unknown } | null)?.auth === 'trusted';
  } finally {
    transport.close();
  }
}

/** What tells the certificates apart where the server does not see them. */
async function proofOf(options: ConnectOptions): Promise<Proof> {
  if (options.clientJwt !== true) return {};
  const { ClientJwt } = await import('../connect/oidc/jwt.js');
  return new ClientJwt(options).headers();
}

function summary(failures: readonly { way: Way; error: LxdError }[]): LxdError {
  const errors = failures.map(({ error }) => error);
  const [first] = errors;
  const isOne = new Set(failures.map(({ way }) => describeEndpoint(way.endpoint))).size === 1;
  // That all show another certificate is no failure of the network.
  if (first && (isOne || errors.every((error) => error instanceof CertificateError))) return first;
  const attempts = failures.map(({ way, error }) => ({
    address: describeEndpoint(way.endpoint),
    reason: error.message,
  }));
  const lines = attempts.map(({ reason }) => `\n  ${reason}`).join('');
  return new ConnectionError(
    `No address of the server answers. Tried, in order:${lines}`,
    { cause: first },
    attempts,
  );
}
