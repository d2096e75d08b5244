import { request, type IncomingHttpHeaders } from 'node:http';

/** What a server said, as it said it. */
export interface RawAnswer<T = unknown> {
  /** HTTP's status, which is not always the envelope's. */
  status: number;
  headers: IncomingHttpHeaders;
  /** The parsed envelope; `metadata` is what most calls are about. */
  body: { type: string; error: string; error_code: number; operation: string; metadata: T };
}

/** One bare `node:http` call over a unix socket: the truth, independent of the SDK. A Buffer goes as bytes. */
export function raw<T>(
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<RawAnswer<T>> {
  const isBytes = Buffer.isBuffer(body);
  const bytes = isBytes ? body : Buffer.from(body === undefined ? '' : JSON.stringify(body));
  const headers = {
    'content-type': isBytes ? 'application/octet-stream' : 'application/json',
    'content-length': bytes.length,
  };
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        try {
          resolve({ status: response.statusCode!, headers: response.headers, body: JSON.parse(text) });
        } catch {
          reject(new Error(`${method} ${path}: HTTP ${response.statusCode}, no JSON: ${text.slice(0, 200)}`));
        }
      });
    });
    call.on('error', reject);
    call.end(bytes);
  });
}
