import { InvalidInputError, isLxdError, LoginError } from '../../errors/index.js';
import type { Authorization, Heard, Proof, Surroundings, Waiting } from './authorization.js';
import { expiryOf, isLasting } from './jwt.js';
import { isToken } from './options.js';
import { SharedWork } from './shared-work.js';

/** A token that somebody else has made: one for good, or got from a function when it is needed. */
export class BearerToken implements Authorization {
  readonly mayRenew: boolean;
  readonly #ask: () => string | Promise<string>;
  readonly #asking: SharedWork<string>;
  #token: string | undefined;
  /** The last one that the server has taken. */
  #taken: string | undefined;

  constructor(bearer: string | (() => string | Promise<string>), { closing }: Surroundings) {
    this.mayRenew = typeof bearer === 'function';
    this.#ask = typeof bearer === 'function' ? bearer : () => bearer;
    this.#token = typeof bearer === 'function' ? undefined : bearer;
    this.#asking = new SharedWork(closing, 'given a token');
  }

  async headers(request: Waiting): Promise<Proof> {
    const token = this.#token;
    if (token !== undefined && !(this.mayRenew && isOver(token))) return proof(token);
    return proof(await this.#renew(request));
  }

  lasts(): boolean {
    return (
      this.#token !== undefined && proof(this.#token).authorization === this.#taken && isLasting(this.#token)
    );
  }

  heard({ status }: Heard, { authorization }: Proof): void {
    if (status !== 401 && status !== 403) this.#taken = authorization;
  }

  async renewed({ status }: Heard, sent: Proof, request: Waiting): Promise<boolean> {
    if (!this.mayRenew || this.#token === undefined) return false;
    const used = sent.authorization;
    if (status !== 401 && !(status === 403 && isOver(this.#token))) return false; // we are known, and may not
    const { authorization } = proof(this.#token);
    const present = used === authorization ? proof(await this.#renew(request)).authorization : authorization;
    return used !== present;
  }

  greeted(): void {
    // who is not known hears so when something is asked
  }

  #renew(request: Waiting): Promise<string> {
    return this.#asking.join(async () => {
      let token: unknown;
      try {
        token = await this.#ask();
      } catch (cause) {
        if (isLxdError(cause)) throw cause;
        throw new LoginError('The function bearer failed', 'failed', { cause });
      }
      if (!isToken(token)) {
        throw new InvalidInputError('The function bearer must return a token, as text without spaces');
      }
      return (this.#token = token);
    }, request);
  }
}

function proof(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

/** Whether a token has expired, as far as it tells. LXD refuses such a one by 403, as it refuses what is not allowed. */
function isOver(token: string): boolean {
  const expiry = expiryOf(token);
  return expiry !== undefined && expiry * 1000 <= Date.now();
}
