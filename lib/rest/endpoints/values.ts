import type { Readable } from 'node:stream';

/** What a query parameter may be. */
export type QueryValue = string | number | boolean;

/** A body that is sent as it is, not as JSON. */
export type RawBody = Uint8Array | Readable;

/** The `params` of a path without parameters. */
export type NoParams = Record<never, never>;

/** The `query` of an endpoint that takes none. */
export type NoQuery = Record<never, never>;

/** The `variants` of an endpoint without recursion. */
export type NoVariants = Record<never, never>;
