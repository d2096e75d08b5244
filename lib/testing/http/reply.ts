import type { Operation } from '../state/operation.js';

const envelope = { status: '', status_code: 0, operation: '', error_code: 0, error: '', metadata: null };

/** What both servers say, with 501, of a path that is there but not for this method: their words, and no gap of the fake. */
export const noSuchMethod = 'not implemented';

/** The text of an envelope as the servers write it. */
export function envelopeText(
  type: 'sync' | 'async' | 'error',
  parts: Partial<Record<string, unknown>>,
): string {
  return `${JSON.stringify({ type, ...envelope, ...parts })}\n`;
}

/** A JSON answer, its length told in advance. */
export function json(status: number, text: string, headers: Record<string, string> = {}): Response {
  const length = String(Buffer.byteLength(text));
  const all = { 'content-type': 'application/json', ...headers, 'content-length': length };
  return new Response(text, { status, headers: all });
}

/** A refusal of Go's own HTTP server, which knows no envelope. */
export function plain(status: number, text: string): Response {
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
  };
  return new Response(text, { status, headers });
}

const success = { status: 'Success', status_code: 200 };

/** The envelope of an answer that is there at once. */
export function syncText(metadata: unknown): string {
  return envelopeText('sync', { ...success, metadata });
}

/** 200, with an ETag where the server sends one. */
export function sync(metadata: unknown, etag?: string): Response {
  return json(200, syncText(metadata), etag ? { etag: `"${etag}"` } : {});
}

/** 200, where there is nothing to say. */
export function done(): Response {
  return sync({});
}

/** 201, with the URL of what was made, and what there is to say of it. */
export function created(location: string, metadata: unknown = null): Response {
  return json(201, syncText(metadata), { location });
}

/** Without its project, on both servers. */
export function operationUrl({ id }: Operation): string {
  return `/1.0/operations/${id}`;
}

/** 202, with the operation that was started. */
export function started(operation: Operation): Response {
  const url = operationUrl(operation);
  const text = envelopeText('async', {
    status: 'Operation created',
    status_code: 100,
    operation: url,
    metadata: operation,
  });
  return json(202, text, { location: url });
}

/** The envelope of a refusal, with the blank line after it. */
export function failureText(status: number, message: string): string {
  return `${envelopeText('error', { error_code: status, error: message })}\n`;
}

/** A refusal. */
export function failure(status: number, message: string): Response {
  return json(status, failureText(status, message), { 'x-content-type-options': 'nosniff' });
}
