import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

/** A request of node:http as a standard one. */
export function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', rawHeaders } = incoming;
  const headers = new Headers();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index]!, rawHeaders[index + 1]!);
  }
  const hasBody = method !== 'GET' && method !== 'HEAD';
  // The target goes beside it: a URL here would have its dots resolved.
  return new Request('http://fake/', {
    ...{ method, headers, signal },
    ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: 'half' as const }),
  });
}

/** Answers one with a standard response. */
export async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  if (response.type === 'error') {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  const { body } = response;
  if (!body) {
    outgoing.end();
    return;
  }
  // Where the body may be long in coming, the headers go first.
  if (!response.headers.has('content-length')) outgoing.flushHeaders();
  // By hand, since a pipeline would throw away what is written when the body breaks off.
  for await (const chunk of body) await written(outgoing, chunk as Uint8Array);
  outgoing.end();
}

function written(outgoing: ServerResponse, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    outgoing.write(chunk, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
