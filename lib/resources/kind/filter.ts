import { InvalidInputError } from '../../errors/index.js';
import type { AllOptions } from '../../orm/index.js';

/** The API's filter language for a filter given as text or as an object of fields that must equal. */
export function filterText(filter: AllOptions['filter']): string | undefined {
  if (filter === undefined || typeof filter === 'string') return filter;
  const clauses = Object.entries(filter).map(([field, value]) => `${field} eq ${operand(field, value)}`);
  return clauses.length > 0 ? clauses.join(' and ') : undefined;
}

/**
 * `filter` narrowed by another clause. Servers read clauses from left to right without precedence, so the clause that
 * must always hold goes last: `a or b and type eq container` is `(a or b) and …`.
 */
export function narrowed(filter: string | undefined, clause: string): string {
  return filter === undefined || filter.trim() === '' ? clause : `${filter} and ${clause}`;
}

/** Texts are regular expressions to the server, and only one with white space may be quoted. */
function operand(field: string, value: unknown): string {
  if (typeof value !== 'string') {
    // LXD compares texts alone and answers with an empty list for the rest.
    throw new InvalidInputError(
      `filter: ${field} must be a string; for the rest use Array.filter() on all()`,
    );
  }
  if (value === '' || value.includes('"') || /\s{2,}|^\s|\s$|[\n\t]/.test(value)) {
    throw new InvalidInputError(
      `filter: ${field} cannot be compared with ${JSON.stringify(value)} by the server; use Array.filter() on all()`,
    );
  }
  const literal = value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return literal.includes(' ') ? `"${literal}"` : literal;
}
