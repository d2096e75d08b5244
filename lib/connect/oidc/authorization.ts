import type { IncomingHttpHeaders } from 'node:http';

/** A request, as far as it says who is to wait for a login, and how long. */
export interface Waiting {
  method: string;
  path: string;
  signal?: AbortSignal | undefined;
  /** Milliseconds that are left to it. */
  timeout?: number | undefined;
}

/** An answer, as far as it says whether we are known. */
export interface Heard {
  status: number;
  headers: IncomingHttpHeaders;
}

/** Headers that say who we are. */
export type Proof = Readonly<Record<string, string>>;

/** One way to say who we are in the headers of a request, of one server and none other. */
export interface Authorization {
  /** Whether a refused request may get another proof: what can be sent once only is then sent after something that can be repeated. */
  readonly mayRenew: boolean;
  /** Whether the server has taken the present proof, and will for a while. */
  lasts(): boolean;
  /** The proof for the next request. */
  headers(request: Waiting): Proof | Promise<Proof>;
  /** Told of every answer to a request with this proof. */
  heard(answer: Heard, sent: Proof): void;
  /** Whether a request that was refused so, by 401 or 403, is worth asking again, since there is another proof now. */
  renewed(answer: Heard, sent: Proof, request: Waiting): Promise<boolean>;
  /** Told what `GET /1.0` says, which is an answer also for who is not known. */
  greeted(text: string): void;
}

/** What a way to say who we are gets from its connection. */
export interface Surroundings {
  /** Fires when the client is closed. */
  closing: AbortSignal;
  log: { info?(message: string): void; warn?(message: string): void };
}
