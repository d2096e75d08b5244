import { inspect } from 'node:util';
import {
  assertOptions,
  InvalidInputError,
  named,
  ProtocolError,
  type OptionNames,
} from '../../errors/index.js';
import { callNames, type Operation } from '../../operations/index.js';
import { readTime, zeroTime, type CallOptions } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { assertExtension } from '../kind/server-facts.js';
import { OperationManager } from '../operations.js';

/** Whom a token lets in. */
export interface TokenInput {
  /** What the certificate is called that comes of it. */
  name: string;
  /** Whether it will be for these projects alone, false by default. */
  restricted?: boolean | undefined;
  projects?: readonly string[] | undefined;
}

const inputNames: OptionNames<TokenInput> = { name: true, restricted: true, projects: true };

/** What an operation of class `token` tells of a trust token. */
interface TokenData {
  request: { name?: unknown };
  secret: string;
  fingerprint: string;
  addresses: readonly string[];
  expiresAt: string | undefined;
}

/** A trust token that nobody has used yet. Its text is told once, by `createToken()`. */
export class PendingToken {
  /** What the certificate will be called. */
  readonly name: string;
  /** When it can no longer be used; null for never. */
  readonly expiresAt: Date | null;
  /** Where the server says that it is reached, as `host:port`. */
  readonly addresses: readonly string[];
  readonly #operation: Operation;

  /** @internal */
  constructor(operation: Operation, { request, addresses, expiresAt }: TokenData) {
    this.name = typeof request.name === 'string' ? request.name : '';
    this.expiresAt = readTime(expiresAt);
    this.addresses = addresses;
    this.#operation = operation;
  }

  /** Has it let in nobody (DELETE /1.0/operations/{id}); one that is used or cancelled already is no error. */
  async cancel(options: CallOptions = {}): Promise<void> {
    assertOptions(options, callNames, 'token.cancel()');
    await this.#operation.cancel(options);
  }

  [inspect.custom](): string {
    const until = this.expiresAt === null ? '' : ` until ${this.expiresAt.toISOString()}`;
    return `PendingToken(${inspect(this.name)}${until})`;
  }
}

/** Makes a token, as text that the command lines take too. */
export async function createToken(
  session: Session,
  input: TokenInput,
  options: CallOptions,
): Promise<string> {
  assertOptions(options, callNames, 'createToken()');
  const { name, restricted, projects } = assertTokenInput(input);
  await assertTokens(session, options);
  const body = { type: 'client', token: true, name, restricted, projects: projects && [...projects] };
  const request = { method: 'POST', path: '/1.0/certificates', body, ...options };
  const { metadata } = await serverOf(session).send(request);
  const token = tokenIn((metadata as { metadata?: unknown } | null)?.metadata);
  if (!token) throw new ProtocolError('POST /1.0/certificates: the server gave no token');
  const { fingerprint, addresses, secret, expiresAt } = token;
  return encoded({
    client_name: name,
    fingerprint,
    addresses,
    secret,
    expires_at: expiresAt ?? zeroTime,
  });
}

/** Those that are still to be used. */
export async function pendingTokens(session: Session, options: CallOptions): Promise<PendingToken[]> {
  assertOptions(options, callNames, 'tokens()');
  await assertTokens(session, options);
  const operations = await new OperationManager(serverOf(session)).all(options);
  return operations.flatMap((operation) => {
    const token =
      operation.isToken && operation.state === 'running' ? tokenIn(operation.metadata) : undefined;
    return token ? [new PendingToken(operation, token)] : [];
  });
}

/** Trust is the server's, whatever project a client is of. */
function serverOf(session: Session): Session {
  return session.derive({ project: 'default' });
}

async function assertTokens(session: Session, options: CallOptions): Promise<void> {
  await assertExtension(session, 'certificate_token', 'trust tokens', options);
}

/** Other tokens, for images and members of clusters, have no request for a certificate in them. */
function tokenIn(metadata: unknown): TokenData | undefined {
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const { request, secret, fingerprint, addresses, expiresAt } = metadata as Record<string, unknown>;
  if (typeof request !== 'object' || request === null) return undefined;
  if (typeof secret !== 'string' || secret === '' || typeof fingerprint !== 'string') return undefined;
  const listed = Array.isArray(addresses) ? addresses : []; // null of a server that listens nowhere
  return {
    request,
    secret,
    fingerprint,
    addresses: listed.filter((one) => typeof one === 'string'),
    expiresAt: typeof expiresAt === 'string' ? expiresAt : undefined,
  };
}

function encoded(token: object): string {
  return Buffer.from(JSON.stringify(token)).toString('base64');
}

function assertTokenInput(input: unknown): TokenInput {
  if (input === undefined) throw new InvalidInputError('createToken() takes the name of whom it lets in');
  assertOptions(input as TokenInput, inputNames, 'createToken()');
  const { name, restricted, projects } = input as { [K in keyof TokenInput]: unknown };
  if (typeof name !== 'string' || name === '' || name.includes('\0'))
    throw new InvalidInputError('createToken(): name must be a non-empty string');
  assertReach({ restricted, projects }, 'createToken(): ');
  return input as TokenInput;
}

/**
 * Refuses projects that a server would ignore: who is not restricted is let in to all of them.
 * @throws InvalidInputError
 */
export function assertReach(
  { restricted, projects }: { restricted?: unknown; projects?: unknown },
  where = 'certificate.',
): void {
  if (restricted !== undefined && typeof restricted !== 'boolean')
    throw new InvalidInputError(`${where}restricted must be true or false`);
  if (projects === undefined) return;
  if (!Array.isArray(projects) || !projects.every((one) => typeof one === 'string' && one !== ''))
    throw new InvalidInputError(`${where}projects must be a list of names`);
  if (projects.length > 0 && restricted !== true)
    throw new InvalidInputError(`${where}projects limit nobody without restricted: true`);
}

named({ PendingToken });
