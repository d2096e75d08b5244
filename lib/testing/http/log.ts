/** One request as the fake got it. */
export interface LoggedRequest {
  method: string;
  /** The path, still encoded, without its query. */
  path: string;
  query: Record<string, string>;
  /** By lower-case names. */
  headers: Record<string, string>;
  /** The JSON value, or the text where it is no JSON; `undefined` without a body and for uploads. */
  body: unknown;
  /** The HTTP status of the answer; 0 while there is none. */
  status: number;
}

/** What a logged body is, of the text that came. */
export function loggedBody(text: string | undefined): unknown {
  if (!text) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
