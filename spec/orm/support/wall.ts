import 'reflect-metadata';
import { field, Model, type ItemSpec } from '../../../lib/orm/index.js';
import { MemoryStore, plainRules, type Body } from './memory-store.js';

export interface Rule {
  action: string;
  source?: string | undefined;
  destinationPort?: string | undefined;
  protocol?: string | undefined;
  description?: string | undefined;
  state?: string | undefined;
  /** A list, as a load balancer's port has of backends. */
  targets?: string[] | undefined;
  priority?: number | undefined;
  weight?: number | undefined;
  log?: boolean | undefined;
}

const rule: ItemSpec<Rule> = {
  fields: {
    action: 'string',
    source: 'commas',
    destinationPort: 'commas',
    protocol: 'string',
    description: 'string',
    state: 'string',
    targets: 'strings',
    priority: 'number',
    weight: 'count',
    log: 'boolean',
  },
};

/** A thing with a list of objects, such as an ACL. */
export class Wall extends Model {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  @field({ writable: true, items: rule }) rules!: Rule[];
}

/** A server that stores rules as LXD and Incus do: trimmed, lists without spaces, nothing empty. */
export function wallStore(rules: object[] = [], partial = true): MemoryStore {
  const store = new MemoryStore({ ...plainRules, partial });
  store.normalise = (data) => ({ ...data, rules: ((data.rules ?? []) as Body[]).map(stored) });
  return store.seed('web', { rules });
}

function stored(item: Body): Body {
  const commas = ['source', 'destination_port'];
  const entries = Object.entries(item).map(([name, value]) => {
    if (typeof value !== 'string') return [name, value] as const;
    return [name, commas.includes(name) ? value.replace(/\s*,\s*/g, ',').trim() : value.trim()] as const;
  });
  const empty: unknown[] = ['', null, 0, false];
  return Object.fromEntries(
    entries.filter(([, value]) => !empty.includes(value) && !(Array.isArray(value) && value.length === 0)),
  );
}
