import { UnsupportedError } from '../../errors/index.js';
import { plural, type CallOptions } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import type { StoreKind } from './kind.js';
import { productName, serverFacts } from './server-facts.js';

/** @throws UnsupportedError where the server would ignore a filter in silence */
export async function assertFilters(
  { filter, name }: StoreKind,
  session: Session,
  options: CallOptions,
): Promise<void> {
  if (filter === 'both') return;
  const { product } = await serverFacts(session, options);
  if (product === filter) return;
  throw new UnsupportedError(
    `${productName(product)} ignores a filter on ${plural(name)} and would list all; list them with all() and use Array.filter()`,
  );
}

/** @throws UnsupportedError where the server would list those of one project in silence */
export async function assertListsAll(
  { allProjects: rule = 'never', name }: StoreKind,
  session: Session,
  options: CallOptions,
): Promise<void> {
  if (rule === 'always') return;
  const { product, extensions } = await serverFacts(session, options);
  if (rule !== 'never' && extensions.has(rule)) return;
  const lack = rule === 'never' ? '' : ` (API extension ${rule})`;
  throw new UnsupportedError(
    `${productName(product)} would list the ${plural(name)} of one project only${lack}; list them with useProject() for each`,
    rule === 'never' ? undefined : rule,
  );
}
