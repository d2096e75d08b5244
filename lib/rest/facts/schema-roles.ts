import { products, type Facts } from './read.js';
import { wireRefs } from './wire.js';

/** Whether a schema is sent, received, or both. */
export interface SchemaRoles {
  isSent(name: string): boolean;
  isReceived(name: string): boolean;
}

/** Fields without which the server refuses the request; all others of a sent schema may be left out. */
const requiredFields: Record<string, readonly string[]> = {
  ImageAliasesPost: ['name', 'target'],
  InstanceExecPost: ['command'],
  InstanceStatePut: ['action'],
  NetworksPost: ['name'],
  ProfilesPost: ['name'],
  ProjectsPost: ['name'],
  StoragePoolsPost: ['name', 'driver'],
};

/** Whether a field of a sent schema has to be there. */
export function isRequiredWhenSent(schema: string, field: string): boolean {
  return requiredFields[schema]?.includes(field) ?? false;
}

/** Every schema's name, with the names that it mentions. */
function references(facts: Facts): Map<string, string[]> {
  const known = new Set(products.flatMap((product) => Object.keys(facts.schemas[product])));
  const mentioned = new Map<string, string[]>();
  for (const product of products) {
    for (const [name, schema] of Object.entries(facts.schemas[product])) {
      const types = [...Object.values(schema.fields), schema.alias ?? ''];
      const found = types.flatMap((type) => wireRefs(type, known));
      mentioned.set(name, [...(mentioned.get(name) ?? []), ...found]);
    }
  }
  return mentioned;
}

function reachable(roots: readonly string[], mentioned: ReadonlyMap<string, string[]>): Set<string> {
  const seen = new Set<string>();
  const left = [...roots];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    left.push(...(mentioned.get(name) ?? []));
  }
  return seen;
}

/** Follows bodies and answers of all endpoints down to the schemas that they use. */
export function schemaRoles(facts: Facts): SchemaRoles {
  const mentioned = references(facts);
  const known = new Set(mentioned.keys());
  const endpoints = products.flatMap((product) => facts.endpoints[product]);
  const bodies = endpoints.flatMap((endpoint) => wireRefs(endpoint.body ?? '', known));
  const answers = endpoints.flatMap((endpoint) => wireRefs(endpoint.answer ?? '', known));
  const sent = reachable(bodies, mentioned);
  const received = reachable(answers, mentioned);
  // What no endpoint mentions (exec's control messages, guest API) is told apart by its name.
  const unmentioned = (name: string) => !sent.has(name) && !received.has(name);
  return {
    isSent: (name) => sent.has(name) || (unmentioned(name) && /(Put|Post|Control)$/.test(name)),
    isReceived: (name) => received.has(name) || (unmentioned(name) && !/(Put|Post|Control)$/.test(name)),
  };
}
