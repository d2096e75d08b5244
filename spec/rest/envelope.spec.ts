import {
  BadRequestError,
  ConflictError,
  ForbiddenError,
  NotFoundError,
  PreconditionFailedError,
  ProtocolError,
  ResponseError,
  ServerError,
  UnauthorizedError,
  UnavailableError,
} from '../../lib/errors/index.js';
import { openEnvelope } from '../../lib/rest/envelope.js';

const asked = { method: 'GET', path: '/1.0/instances/web' };

function open(status: number, body: unknown, headers: Record<string, string> = {}) {
  return openEnvelope(
    { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) },
    asked,
  );
}

function refusal(status: number, body: unknown): ResponseError {
  try {
    open(status, body);
  } catch (error) {
    if (error instanceof ResponseError) return error;
    throw error;
  }
  throw new Error('it was opened');
}

describe('a good answer', () => {
  it('gives metadata, version and place', () => {
    const headers = { etag: '"abc"', location: '/1.0/instances/web' };
    const answer = open(
      200,
      { type: 'sync', status_code: 200, operation: '', metadata: { name: 'web' } },
      headers,
    );
    expect(answer).toMatchObject({
      type: 'sync',
      metadata: { name: 'web' },
      etag: 'abc',
      location: '/1.0/instances/web',
    });
    expect(answer.operation).toBeUndefined();
  });

  it('gives the operation of an asynchronous one', () => {
    const operation = '/1.0/operations/1?project=two';
    expect(open(202, { type: 'async', operation, metadata: { id: '1' } })).toMatchObject({
      type: 'async',
      operation,
    });
  });

  it('turns missing metadata into null', () => {
    expect(open(200, { type: 'sync' }).metadata).toBeNull();
  });
});

describe('a refusal', () => {
  it.each([
    [400, BadRequestError, 'ERR_LXD_BAD_REQUEST'],
    [401, UnauthorizedError, 'ERR_LXD_UNAUTHORIZED'],
    [403, ForbiddenError, 'ERR_LXD_FORBIDDEN'],
    [404, NotFoundError, 'ERR_LXD_NOT_FOUND'],
    [409, ConflictError, 'ERR_LXD_CONFLICT'],
    [412, PreconditionFailedError, 'ERR_LXD_PRECONDITION_FAILED'],
    [423, ResponseError, 'ERR_LXD_RESPONSE'],
    [500, ServerError, 'ERR_LXD_SERVER'],
    [501, ServerError, 'ERR_LXD_SERVER'],
    [503, UnavailableError, 'ERR_LXD_UNAVAILABLE'],
  ])('of code %i is its own class', (status, Class, code) => {
    const error = refusal(status, { type: 'error', error: 'No', error_code: status });
    expect(error).toBeInstanceOf(Class);
    expect(error).toMatchObject({ status, code, ...asked });
    expect(error.message).toBe(`GET /1.0/instances/web: No (${String(status)})`);
  });

  it.each([
    ['inside a 200', 200, { type: 'error', error: 'No', error_code: 404 }, NotFoundError, 404],
    ['without a code, in a 400', 400, { type: 'error', error: 'No', error_code: 0 }, BadRequestError, 400],
    ['without any code', 200, { type: 'error', error: 'No' }, ServerError, 500],
    ['without a reason', 500, { type: 'error', error: '', error_code: 500 }, ServerError, 500],
  ])('%s is read by its own code', (_title, http, body, Class, status) => {
    const error = refusal(http, body);
    expect(error).toBeInstanceOf(Class);
    expect(error.status).toBe(status);
  });
});

describe('what is no answer of this API', () => {
  it.each([
    ['a 404 page of a proxy', 404, '<html>Not Found</html>'],
    ['a 502 page', 502, '<html>Bad gateway</html>'],
    ['an empty body', 200, ''],
    ['a truncated body', 200, '{"type":"sync","metadata":{"na'],
    ['a list', 200, '[]'],
    ['a number', 200, '7'],
    ['JSON without a type', 200, '{"metadata":{}}'],
    ['null', 200, 'null'],
  ])('%s is never taken for one', (_title, status, body) => {
    const error = refusal(status, body);
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).not.toBeInstanceOf(NotFoundError);
    expect(error.status).toBe(status);
    expect(error.message).toMatch(/proxy/);
  });
});
