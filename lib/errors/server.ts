import { LxdError, type ErrorDetails } from './base.js';

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

export class ConflictError extends ResponseError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, 'ERR_LXD_CONFLICT');
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

/** The error class for a status, made into an error; a 4xx without a class of its own is a `ResponseError`. */
export function responseError(status: number, message: string, details: ErrorDetails = {}): ResponseError {
  const Class = byStatus[status] ?? (status >= 500 ? ServerError : ResponseError);
  return new Class(message, { ...details, status });
}
