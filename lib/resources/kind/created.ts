import type { OperationData } from '../../operations/index.js';
import { decoded } from './path.js';

/** The key of what an operation made, from the URL that it names; servers word that in two ways. */
export function createdKey(data: OperationData, ...kinds: string[]): string | undefined {
  const resources = (data.resources ?? {}) as Record<string, string[] | undefined>;
  const listed = kinds.map((kind) => resources[kind]?.[0]).find((url) => url !== undefined);
  const named = data.metadata?.entity_url; // LXD with the extension operation_metadata_entity_url
  const url = typeof named === 'string' ? named : listed;
  if (typeof url !== 'string') return undefined;
  return decoded(url.replace(/[?#].*$/s, '').replace(/^.*\//, ''));
}
