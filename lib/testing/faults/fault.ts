import { InvalidInputError } from '../../errors/index.js';

/** What goes wrong with a request; one of these. */
export type Fault =
  /** It is refused with this HTTP status and the server's error envelope; nothing is done. */
  | { status: number; error?: string }
  /** The connection ends without an answer: `before` anything is done, or `after` it is, so that only the answer is lost. */
  | { drop: 'before' | 'after' }
  /** It is done, and this part of the answer's body is sent, from 0 to 1; then the connection ends. */
  | { cut: number }
  /** It is done and answered so many milliseconds later; `Infinity` for never. */
  | { stall: number }
  /** It is accepted, and the operation that it starts fails with this text without having done anything. */
  | {
      operation: string;
      /** How far it says that it has come before; 0 to 100. */
      percent?: number;
    };

const checks: Readonly<Record<string, (value: unknown) => boolean>> = {
  status: (value) => Number.isInteger(value) && Number(value) >= 400 && Number(value) <= 599,
  drop: (value) => value === 'before' || value === 'after',
  cut: (value) => typeof value === 'number' && value >= 0 && value < 1,
  stall: (value) => typeof value === 'number' && value >= 0,
  operation: (value) => typeof value === 'string' && value !== '',
};

/** @throws InvalidInputError for what is no fault */
export function assertFault(fault: Fault): void {
  const kinds = Object.keys(checks).filter((kind) => Object.hasOwn(fault, kind));
  const [kind] = kinds;
  if (kinds.length !== 1 || kind === undefined) {
    throw new InvalidInputError(
      'failNext: a fault is one of { status }, { drop }, { cut }, { stall } and { operation }',
    );
  }
  const value = (fault as unknown as Record<string, unknown>)[kind];
  if (!checks[kind]!(value)) {
    throw new InvalidInputError(`failNext: ${JSON.stringify(value)} is no ${kind} of a fault`);
  }
}
