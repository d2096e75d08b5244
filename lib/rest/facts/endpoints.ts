import { mergeEndpoints, type MergedEndpoint } from './endpoint-merge.js';
import { header, literal, property, unique } from './print.js';
import type { Facts } from './read.js';
import { schemaRoles, type SchemaRoles } from './schema-roles.js';
import { wireType } from './wire.js';

/** Query parameters with a type of their own. */
const queryTypes: Record<string, string> = {
  fields: 'string | readonly string[]',
};

const received = (schema: string) => `Schemas.${schema}`;

function recursionType(endpoint: MergedEndpoint): string {
  const levels = ['0', ...endpoint.variants.keys()];
  // LXD's selector of the expensive fields, where it has one.
  if (endpoint.query.includes('fields')) levels.push('`2;fields=${string}`');
  return levels.join(' | ');
}

/** A file without a `path` means nothing. */
function needsPath(endpoint: MergedEndpoint): boolean {
  const isList = endpoint.method === 'GET' && endpoint.path.endsWith('/templates');
  return endpoint.query.includes('path') && !isList;
}

function printQuery(endpoint: MergedEndpoint): string {
  const lines = endpoint.query.map((name) => {
    const optional = name === 'path' && needsPath(endpoint) ? '' : '?';
    return `${property(name)}${optional}: ${queryTypes[name] ?? 'QueryValue'}`;
  });
  if (endpoint.variants.size > 0) lines.push(`recursion?: ${recursionType(endpoint)}`);
  return lines.length === 0 ? 'NoQuery' : `{ ${lines.join('; ')} }`;
}

function printBody(endpoint: MergedEndpoint, roles: SchemaRoles): string {
  const ref = (schema: string) =>
    roles.isReceived(schema) ? `Partial<Schemas.${schema}>` : received(schema);
  const types = endpoint.bodies.map((body) => wireType(body, ref));
  if (endpoint.rawBody) types.push('RawBody');
  return types.length === 0 ? 'undefined' : unique(types).join(' | ');
}

function printAnswer(endpoint: MergedEndpoint): string {
  // A directory's names, or the list of templates, come as JSON where a file comes as bytes.
  if (endpoint.kind === 'raw' && endpoint.method === 'GET' && endpoint.query.includes('path'))
    return 'string[]';
  if (endpoint.answers.length === 0) return 'unknown';
  return endpoint.answers.map((answer) => wireType(answer, received)).join(' | ');
}

function printVariants(endpoint: MergedEndpoint): string {
  if (endpoint.variants.size === 0) return 'NoVariants';
  const variants = [...endpoint.variants].map(
    ([level, types]) => `${level}: ${types.map((type) => wireType(type, received)).join(' | ')}`,
  );
  return `{ ${variants.join('; ')} }`;
}

function printEndpoint(endpoint: MergedEndpoint, roles: SchemaRoles): string {
  const params = endpoint.params.map((name) => `${name}: string`).join('; ');
  return `  ${literal(`${endpoint.method} ${endpoint.path}`)}: {
    params: ${params === '' ? 'NoParams' : `{ ${params} }`};
    query: ${printQuery(endpoint)};
    body: ${printBody(endpoint, roles)};
    answer: ${printAnswer(endpoint)};
    variants: ${printVariants(endpoint)};
    kind: ${literal(endpoint.kind)};
    products: ${endpoint.products.map(literal).join(' | ')};
  };
`;
}

/** The text of endpoints.generated.ts. */
export function generateEndpoints(facts: Facts): string {
  const roles = schemaRoles(facts);
  const entries = mergeEndpoints(facts).map((endpoint) => printEndpoint(endpoint, roles));
  return `${header}
import type * as Schemas from './schemas.generated.js';
import type { NoParams, NoQuery, NoVariants, QueryValue, RawBody } from './values.js';

/**
 * Every endpoint of both products. \`answer\` is the metadata of a synchronous answer (for kind 'async' the
 * finished operation), \`variants\` what it is instead by recursion level, \`products\` who offers it.
 */
export interface Endpoints {
${entries.join('')}}
`;
}
