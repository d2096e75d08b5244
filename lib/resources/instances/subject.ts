import type { ServerEvent } from '../../events/index.js';
import type { Place } from '../watch/known.js';

/** What is done to an instance without changing what the API tells of it. */
const harmless = /^instance-(exec|console|file|log|backup|metadata|snapshot)(-|$)/;

/** The instance that an event is about; the old name of a rename comes in its context. */
export function subjectOf(
  event: ServerEvent<'lifecycle'>,
): (Place & { from?: string | undefined }) | undefined {
  const { action, source, context } = event.metadata;
  if (!action.startsWith('instance-') || harmless.test(action)) return undefined;
  const name = /^\/1\.0\/(?:instances|containers|virtual-machines)\/([^/?]+)/.exec(source)?.[1];
  if (name === undefined || name.includes('%')) return undefined; // no instance has such a name
  const old = context?.old_name;
  const from = action === 'instance-renamed' && typeof old === 'string' ? old : undefined;
  return { key: decodeURIComponent(name), project: event.project ?? 'default', from };
}
