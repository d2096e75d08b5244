import type { OperationData } from '../../operations/index.js';
import { lastIn } from './path.js';

/** The key of what an operation made, from the URL that it names; servers word that in two ways. */
export function createdKey(data: OperationData, ...kinds: string[]): string | undefined {
  const resources = (data.resources ?? {}) as Record<string, unknown>;
  const listed = kinds.map((kind) => textsOf(resources[kind])[0]).find((url) => url !== undefined);
  const named = data.metadata?.entity_url; // LXD with the extension operation_metadata_entity_url
  const url = typeof named === 'string' ? named : listed;
  if (typeof url !== 'string') return undefined;
  return lastIn(url);
}

/** The texts of a list, whatever else it is or holds. */
export function textsOf(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}
