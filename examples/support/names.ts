import { randomBytes } from 'node:crypto';

/** A name that nothing else on the server has: examples touch only what they made. */
export function unique(label: string): string {
  // The specs choose the beginning, to see that nothing so named is left.
  const { TSLXD_EXAMPLE_PREFIX: prefix = 'tslxd-example' } = process.env;
  return `${prefix}-${label}-${randomBytes(3).toString('hex')}`;
}

/** The same for a network, whose name has at most 15 letters. */
export function uniqueNetwork(): string {
  const { TSLXD_EXAMPLE_PREFIX: prefix = 'tslxd-ex' } = process.env;
  return `${prefix.replace(/^tslxd-/, 'tx')}${randomBytes(2).toString('hex')}`;
}
