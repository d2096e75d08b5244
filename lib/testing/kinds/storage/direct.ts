import type { Call } from '../../http/call.js';

/** Is a backup to be sent at once, and never stored? */
export function isDirect({ product, request }: Call): boolean {
  const isAsked = request.headers.get('accept') === 'application/octet-stream';
  return isAsked && product.extensions.includes('direct_backup');
}

/** A backup that is sent while it is made. */
export function sentDirectly(data: Buffer): Response {
  return new Response(new Uint8Array(data), { headers: { 'content-type': 'application/octet-stream' } });
}
