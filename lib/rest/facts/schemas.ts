import { doc, header, onlyNote, productName, property, unique } from './print.js';
import { products, type Facts, type Product, type SchemaFact } from './read.js';
import { isRequiredWhenSent, schemaRoles, type SchemaRoles } from './schema-roles.js';
import { wireType } from './wire.js';

type Having = readonly { product: Product; schema: SchemaFact }[];

/** The config type of a schema's `config`, by the schema's name. */
const configTypes: readonly (readonly [RegExp, string])[] = [
  [/^(Instances?(Put|Post)?|InstanceFull|InstanceSnapshot)$/, 'InstanceConfig'],
  [/^(Profiles?(Put|Post)?|InitProfileProjectPost)$/, 'ProfileConfig'],
  [/^(Server(Put|Untrusted)?|InitLocalPreseed)$/, 'ServerConfig'],
  [/^Projects?(Put|Post)?$/, 'ProjectConfig'],
  [/^(Networks?(Put|Post)?|InitNetworksProjectPost)$/, 'NetworkConfig'],
  [/^StoragePools?(Put|Post)?$/, 'StoragePoolConfig'],
  [/^StorageVolume(s?Put|s?Post|Full|Snapshot)?$/, 'StorageVolumeConfig'],
];

/** How the servers spell versions in `fieldSince`: `lxd-5.21.7`, `v7.0.1`, `main`. */
function since(product: Product, version: string): string {
  return version === 'main'
    ? `${productName(product)} main branch`
    : `since ${productName(product)} ${version.replace(/^(lxd-|v)/, '')}`;
}

/** `API extension: x`, told apart by product where the two name different ones. */
function extensionNote(found: readonly (readonly [Product, string | undefined])[]): string {
  const named = found.flatMap(([product, name]) => (name === undefined ? [] : [{ product, name }]));
  const names = unique(named.map(({ name }) => name));
  if (names.length === 0) return '';
  if (names.length === 1) return `API extension: ${names.join()}`;
  return `API extension: ${named.map(({ product, name }) => `${name} (${productName(product)})`).join(', ')}`;
}

function fieldType(name: string, field: string, having: Having, roles: SchemaRoles): string {
  const sent = !roles.isReceived(name);
  const config = configTypes.find(([pattern]) => pattern.test(name))?.[1];
  if (config && (field === 'config' || field === 'expanded_config')) return sent ? `${config}Input` : config;
  if (field === 'devices' || field === 'expanded_devices') {
    if (having.every(({ schema }) => schema.fields[field]?.startsWith('map<string,map<'))) {
      return 'Devices';
    }
  }
  // A schema that is also received keeps its required fields; who sends it may leave them out.
  const ref = (schema: string) => (sent && roles.isReceived(schema) ? `Partial<${schema}>` : schema);
  const types = having.flatMap(({ schema }) => schema.fields[field] ?? []);
  return unique(types.map((type) => wireType(type, ref))).join(' | ');
}

function printField(name: string, field: string, all: Having, roles: SchemaRoles): string {
  const having = all.filter(({ schema }) => field in schema.fields);
  const only = having.length < all.length ? onlyNote(having.map(({ product }) => product)) : '';
  const extension = extensionNote(
    having.map(({ product, schema }) => [product, schema.fieldExtensions?.[field]]),
  );
  const newer = having.flatMap(({ product, schema }) =>
    schema.fieldSince?.[field] ? [since(product, schema.fieldSince[field])] : [],
  );
  const deprecated = having.every(({ schema }) => schema.deprecated?.includes(field)) ? '@deprecated' : '';
  const omitted = having.some(({ schema }) => schema.omitempty?.includes(field));
  const optional = roles.isReceived(name)
    ? only !== '' || extension !== '' || newer.length > 0 || omitted
    : !isRequiredWhenSent(name, field);
  const nullable = having.some(({ schema }) => schema.nullable?.includes(field));
  const notes = doc([deprecated, only, extension, ...newer], '  ');
  const type = fieldType(name, field, having, roles);
  return `${notes}  ${property(field)}${optional ? '?' : ''}: ${type}${nullable ? ' | null' : ''};\n`;
}

function printSchema(name: string, facts: Facts, roles: SchemaRoles): string {
  const having = products.flatMap((product) => {
    const schema = facts.schemas[product][name];
    return schema ? [{ product, schema }] : [];
  });
  const notes = doc([
    onlyNote(having.map(({ product }) => product)),
    extensionNote(having.map(({ product, schema }) => [product, schema.extension])),
  ]);
  const alias = having.find(({ schema }) => schema.alias !== undefined)?.schema.alias;
  if (alias !== undefined) return `${notes}export type ${name} = ${wireType(alias, (schema) => schema)};\n`;
  const fields = unique(having.flatMap(({ schema }) => Object.keys(schema.fields)));
  const lines = fields.map((field) => printField(name, field, having, roles));
  return `${notes}export interface ${name} {\n${lines.join('')}}\n`;
}

const intro = `
// What the servers send and take, wire names kept; a server may answer with fields beyond these.
// A field that only one product or newer servers have is optional. Times are RFC 3339 text, and
// '0001-01-01T00:00:00Z' stands for none. In what is only sent, a field left out is the zero value.
`;

/** The text of schemas.generated.ts. */
export function generateSchemas(facts: Facts): string {
  const roles = schemaRoles(facts);
  const names = unique(products.flatMap((product) => Object.keys(facts.schemas[product]))).sort();
  const schemas = names.map((name) => printSchema(name, facts, roles)).join('\n');
  const used = ['Devices', ...configTypes.flatMap(([, type]) => [type, `${type}Input`])]
    .filter((type) => new RegExp(`: ${type}\\b`).test(schemas))
    .sort();
  const imports = `import type {\n${used.map((type) => `  ${type},\n`).join('')}} from './config-keys.generated.js';\n`;
  return `${header}${intro}${imports}\n${schemas}`;
}
