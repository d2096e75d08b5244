import type { ErrorDetails } from './base.js';
import { named } from './named.js';
import { ResponseError } from './server.js';

/**
 * A trust token lets nobody in: it was used, has expired, was cancelled, was issued by another member of an LXD 5.0
 * cluster, or its server, which forgets tokens, was restarted since. Its message says which, as far as the server does.
 */
export class TrustTokenError extends ResponseError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, 'ERR_LXD_TRUST_TOKEN');
  }
}

named({ TrustTokenError });
