/** A request that waits for its answer. */
export interface PendingCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** The server works before it answers. */
  readonly isPatient: boolean;
  /** When it began, before it waited for its turn or was tried elsewhere (`performance.now()`). */
  readonly begun: number;
  /** When something of it was last sent or heard (`performance.now()`). */
  readonly moved: number;
  /** Ends it with this error. */
  fail(error: unknown): void;
}
