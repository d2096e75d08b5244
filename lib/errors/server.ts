import { LxdError, type ErrorDetails } from './base.js';
import { named } from './named.js';
import { refusedAs, type RefusalTexts, type Refused } from './refusals.js';

/** The server answered the request with a refusal; `status` is its error code. */
export class ResponseError extends LxdError {
  constructor(message: string, details: ErrorDetails = {}, code = 'ERR_LXD_RESPONSE') {
    super(code, message, details);
  }
}

export class BadRequestError extends ResponseError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, 'ERR_LXD_BAD_REQUEST');
  }
}

export class UnauthorizedError extends ResponseError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, 'ERR_LXD_UNAUTHORIZED');
  }
}

/** 403, or what Incus words as one with a 500; the message says what can be done, as far as it is known. */
export class ForbiddenError extends ResponseError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, 'ERR_LXD_FORBIDDEN');
  }
}

export class NotFoundError extends ResponseError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, 'ERR_LXD_NOT_FOUND');
  }
}

/** 409, or what the servers word as one with another status: see its subclasses. */
export class ConflictError extends ResponseError {
  constructor(message: string, details: ErrorDetails = {}, code = 'ERR_LXD_CONFLICT') {
    super(message, details, code);
  }
}

/**
 * There is one of that name already. Told by the server's words, since its status is 400, 409 or 500 as it happens;
 * where it was the operation that failed, `operation` is its id.
 */
export class AlreadyExistsError extends ConflictError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, 'ERR_LXD_ALREADY_EXISTS');
  }
}

/** Others use it, so it cannot be deleted, renamed or changed that way. Told by words, as `AlreadyExistsError`. */
export class InUseError extends ConflictError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, 'ERR_LXD_IN_USE');
  }
}

export class PreconditionFailedError extends ResponseError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, 'ERR_LXD_PRECONDITION_FAILED');
  }
}

/** 5xx: the server failed at what it was asked. */
export class ServerError extends ResponseError {
  constructor(message: string, details: ErrorDetails = {}, code = 'ERR_LXD_SERVER') {
    super(message, details, code);
  }
}

/** 503: the daemon is starting or shutting down; `Client.connect({ timeout })` waits it out. */
export class UnavailableError extends ServerError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, 'ERR_LXD_UNAVAILABLE');
  }
}

/** The server is busy with another write to the same thing, and stayed so. */
export class BusyError extends ServerError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, 'ERR_LXD_BUSY');
  }
}

/** What came back is not an answer of this API: HTML of a proxy, a truncated body, no envelope. */
export class ProtocolError extends ResponseError {
  constructor(message: string, details: ErrorDetails = {}, code = 'ERR_LXD_PROTOCOL') {
    super(message, details, code);
  }
}

/** What arrived is not what was sent: its SHA-256 is another. Nothing of it was kept. */
export class IntegrityError extends ProtocolError {
  constructor(
    message: string,
    /** SHA-256 of what should be there, as far as it is known. */
    readonly expected: string,
    /** SHA-256 of what is there. */
    readonly actual: string,
    details: ErrorDetails = {},
  ) {
    super(message, details, 'ERR_LXD_INTEGRITY');
  }
}

const byStatus: Record<number, new (message: string, details?: ErrorDetails) => ResponseError> = {
  400: BadRequestError,
  401: UnauthorizedError,
  403: ForbiddenError,
  404: NotFoundError,
  409: ConflictError,
  412: PreconditionFailedError,
  503: UnavailableError,
};

const byWords: Record<Refused, new (message: string, details?: ErrorDetails) => ConflictError> = {
  exists: AlreadyExistsError,
  inUse: InUseError,
};

/** A project that is not there: LXD says 500 to who wants its events, and 404 to everybody else. */
function isLost(message: string, status: number): boolean {
  return status === 500 && /: Project not found\b/.test(message);
}

/** A project that a certificate is not for: Incus says 500. */
function isWithheld(message: string, status: number): boolean {
  return (
    status === 500 && /^[A-Z]+ \S+: (?:[\w ]+: )?User does not have permissions? for project "/.test(message)
  );
}

function byLostProject(message: string, status: number) {
  if (isWithheld(message, status)) return ForbiddenError;
  return isLost(message, status) ? NotFoundError : undefined;
}

/**
 * The error class for a status, made into an error; a 4xx without a class of its own is a `ResponseError`. What the
 * message says of names and things in use counts more than the status.
 */
export function responseError(status: number, message: string, details: ErrorDetails = {}): ResponseError {
  const known = { ...details, status };
  const refused = refusedAs(message, known);
  const said = refused ? byWords[refused] : (byLostProject(message, status) ?? byStatus[status]);
  const Class = said ?? (status >= 500 ? ServerError : ResponseError);
  return new Class(message, known);
}

/** The error for what a refusal's words say, by a kind's own words or by everybody's; undefined for any other. */
export function refusalError(
  message: string,
  details: ErrorDetails,
  texts?: RefusalTexts,
): ConflictError | undefined {
  const refused = refusedAs(message, details, texts);
  return refused && new byWords[refused](message, details);
}

named({ ResponseError, BadRequestError, UnauthorizedError, ForbiddenError, NotFoundError, ConflictError });
named({ AlreadyExistsError, InUseError, PreconditionFailedError, ServerError, UnavailableError, BusyError });
named({ ProtocolError, IntegrityError });
