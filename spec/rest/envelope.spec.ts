import { inspect } from 'node:util';
import {
  BadRequestError,
  ConflictError,
  ForbiddenError,
  isLxdError,
  NotFoundError,
  PreconditionFailedError,
  ProtocolError,
  ResponseError,
  ServerError,
  UnauthorizedError,
  UnavailableError,
} from '../../lib/errors/index.js';
import { openEnvelope, type Answer } from '../../lib/rest/envelope.js';
import { rejection, serve, type Handler } from './test-server.js';

const asked = { method: 'GET', path: '/1.0/instances/web' };

function open(body: unknown, status = 200, headers: Record<string, string> = {}): Answer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return openEnvelope(
    { status, headers: { 'content-type': 'application/json', ...headers }, body: text },
    asked,
  );
}

function refusal(body: unknown, status?: number, headers?: Record<string, string>): ResponseError {
  try {
    open(body, status, headers);
  } catch (error) {
    expect(isLxdError(error)).toBe(true);
    return error as ResponseError;
  }
  throw new Error('It was taken for an answer');
}

const envelope = {
  type: 'sync',
  status: 'Success',
  status_code: 200,
  operation: '',
  error_code: 0,
  error: '',
};
const failed = { type: 'error', status: '', status_code: 0, operation: '', metadata: null };
const operation = '/1.0/operations/6f0c?project=p&target=m';

describe('an answer', () => {
  test.each<[string, unknown, number, Record<string, string>, Partial<Answer>]>([
    ['sync', { ...envelope, metadata: { a: 1 } }, 200, {}, { type: 'sync', metadata: { a: 1 }, status: 200 }],
    ['sync, metadata null', { ...envelope, metadata: null }, 200, {}, { metadata: null }],
    ['sync, metadata absent', { type: 'sync' }, 200, {}, { metadata: null }],
    ['sync, metadata false', { ...envelope, metadata: false }, 200, {}, { metadata: false }],
    ['sync, metadata empty text', { ...envelope, metadata: '' }, 200, {}, { metadata: '' }],
    ['created', envelope, 201, { location: '/1.0/profiles/a' }, { location: '/1.0/profiles/a', status: 201 }],
    [
      'async',
      { type: 'async', status: 'Operation created', status_code: 100, operation, metadata: { id: '6f0c' } },
      202,
      { location: operation },
      { type: 'async', operation, metadata: { id: '6f0c' } },
    ],
    [
      'async under HTTP 200',
      { type: 'async', operation },
      200,
      {},
      { type: 'async', operation, status: 200 },
    ],
    ['sync with keys of a newer server', { ...envelope, later: 1, metadata: 2 }, 200, {}, { metadata: 2 }],
    ['an ETag, quoted', envelope, 200, { etag: '"abc"' }, { etag: 'abc' }],
    ['an ETag, bare', envelope, 200, { etag: 'abc' }, { etag: 'abc' }],
    ['after a BOM', `\uFEFF${JSON.stringify({ ...envelope, metadata: 3 })}`, 200, {}, { metadata: 3 }],
  ])('%s', (_, body, status, headers, expected) => {
    expect(open(body, status, headers)).toMatchObject(expected);
  });

  test('says nothing of operation, ETag and location where there is none', () => {
    expect(Object.keys(open({ ...envelope, metadata: 1 })).sort()).toEqual([
      'headers',
      'metadata',
      'status',
      'type',
    ]);
  });

  test('keys that shadow those of objects stay what they are', () => {
    const text = '{"type":"sync","metadata":{"__proto__":{"a":1},"constructor":"x","toString":"y"}}';
    const { metadata } = open(text) as { metadata: object };
    expect(Object.keys(metadata)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(JSON.stringify(metadata)).toBe('{"__proto__":{"a":1},"constructor":"x","toString":"y"}');
  });
});

describe('a refusal', () => {
  test.each<[number, new (message: string) => Error]>([
    [400, BadRequestError],
    [401, UnauthorizedError],
    [403, ForbiddenError],
    [404, NotFoundError],
    [409, ConflictError],
    [412, PreconditionFailedError],
    [415, ResponseError],
    [423, ResponseError],
    [500, ServerError],
    [501, ServerError],
    [503, UnavailableError],
    [599, ServerError],
  ])('%d', (code, Class) => {
    const error = refusal({ ...failed, error_code: code, error: 'Because' }, code);
    expect(error.constructor).toBe(Class);
    expect(error.message).toBe(`GET /1.0/instances/web: Because (${code})`);
    expect(error).toMatchObject({ status: code, method: 'GET', path: '/1.0/instances/web' });
  });

  test.each<[string, unknown, number, number, string]>([
    [
      'inside HTTP 200, as /wait sends it',
      { ...failed, error_code: 404, error: 'Gone' },
      200,
      404,
      'Gone (404)',
    ],
    ['inside HTTP 200, without a code', { ...failed, error_code: 0, error: 'Odd' }, 200, 500, 'Odd (500)'],
    ['error_code 0 with HTTP 400', { ...failed, error_code: 0, error: 'Odd' }, 400, 400, 'Odd (400)'],
    ['no error_code', { type: 'error', error: 'Odd' }, 403, 403, 'Odd (403)'],
    [
      'the code of the body, not that of HTTP',
      { ...failed, error_code: 412, error: 'x' },
      500,
      412,
      'x (412)',
    ],
    ['a code as text', { ...failed, error_code: '404', error: 'x' }, 400, 404, 'x (404)'],
    ['a code that is none', { ...failed, error_code: 'x', error: 'x' }, 409, 409, 'x (409)'],
    ['a code of success', { ...failed, error_code: 200, error: 'x' }, 200, 500, 'x (500)'],
    ['no reason', { ...failed, error_code: 400, error: '' }, 400, 400, 'no reason given (400)'],
    [
      'a reason that is no text',
      { ...failed, error_code: 400, error: {} },
      400,
      400,
      'no reason given (400)',
    ],
    [
      'metadata beside the error',
      { ...failed, error_code: 400, error: 'x', metadata: {} },
      400,
      400,
      'x (400)',
    ],
  ])('%s', (_, body, http, status, message) => {
    const error = refusal(body, http);
    expect(error).not.toBeInstanceOf(ProtocolError);
    expect(error.status).toBe(status);
    expect(error.message).toBe(`GET /1.0/instances/web: ${message}`);
  });
});

describe('what is no envelope', () => {
  const page = '<html>\n<head><title>Bad</title></head>';

  test.each<[string, unknown, number]>([
    ['a 404 page of a proxy', page, 404],
    ['a 502 page of a proxy', page, 502],
    ['a 503 page of a proxy', page, 503],
    ['a 504 page of a proxy', page, 504],
    ['a page under 200', page, 200],
    ['a redirection', page, 302],
    ['an empty body', '', 200],
    ['an empty 404', '', 404],
    ['blanks', ' \n', 200],
    ['truncated JSON', '{"type":"sync","metadata":{"a":', 200],
    ['two documents', '{"type":"sync"}{"type":"sync"}', 200],
    ['an array', [1], 200],
    ['an array of envelopes', [envelope], 200],
    ['null', 'null', 200],
    ['a number', '1', 404],
    ['a text', '"sync"', 404],
    ['no type', { metadata: {} }, 200],
    ['JSON of something else, 404', { message: 'no Route matched', type: 'about:blank' }, 404],
    ['an unknown type', { ...envelope, type: 'Sync' }, 200],
    ['a type that is no text', { ...envelope, type: ['sync'] }, 200],
  ])('%s', (_, body, status) => {
    const error = refusal(body, status, { 'content-type': 'text/odd' });
    expect(error.constructor).toBe(ProtocolError);
    expect(error).not.toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({
      code: 'ERR_LXD_PROTOCOL',
      status,
      method: 'GET',
      path: '/1.0/instances/web',
    });
    expect(error.message).toMatch(
      new RegExp(
        `^GET /1\\.0/instances/web: the answer is .* \\(HTTP ${status}, text/odd.*\\); is there a proxy`,
      ),
    );
    expect(error.message).not.toContain('\n');
  });

  test('an operation that has no URL', () => {
    const error = refusal({ type: 'async', operation: '', metadata: null }, 202);
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error.message).toContain('a started operation without the URL');
  });

  test('a long page is cut', () => {
    expect(refusal('x'.repeat(100_000), 502).message.length).toBeLessThan(300);
  });

  test('no snippet of damaged JSON is kept', () => {
    const error = refusal(`${JSON.stringify(envelope).slice(0, -1)},"metadata":["hunter2",x]}`);
    expect(error.message).toContain('ends too early or is damaged');
    expect(inspect(error)).not.toContain('hunter2');
  });
});

describe('HEAD has no body', () => {
  const head = (status: number) =>
    openEnvelope({ status, headers: { 'x-lxd-type': 'file' }, body: '' }, { method: 'HEAD', path: '/1.0/x' });

  test('and succeeds by its status', () => {
    expect(head(200)).toMatchObject({ type: 'sync', metadata: null, headers: { 'x-lxd-type': 'file' } });
  });

  test('or fails by it', () => {
    expect(() => head(404)).toThrow(NotFoundError);
    expect(() => head(404)).toThrow('HEAD /1.0/x: no reason given (404)');
  });
});

describe('over the wire', () => {
  test.each<[string, Handler, new (message: string) => Error]>([
    ['nothing', (response) => response.writeHead(200).end(), ProtocolError],
    ['a compressed answer that nobody asked for', (response) => compressed(response), ProtocolError],
    ['bytes that are no UTF-8', (response) => response.end(Buffer.from([0xff, 0xfe, 0x7b])), ProtocolError],
    ['a redirection', (response) => response.writeHead(301, { location: 'https://x/' }).end(), ProtocolError],
  ])('%s', async (_, handler, Class) => {
    const server = await serve(handler);
    expect(await rejection(server.session().send({ method: 'GET', path: '/1.0' }))).toBeInstanceOf(Class);
    expect(server.seen).toHaveLength(1);
  });

  function compressed(response: Parameters<Handler>[0]): void {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(Buffer.from('1f8b0800', 'hex'));
  }
});
