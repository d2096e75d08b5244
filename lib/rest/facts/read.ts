import { readFileSync } from 'node:fs';

/** The two products that the facts describe. */
export type Product = 'lxd' | 'incus';

/** Both products; LXD first, because its parameter names win. */
export const products: readonly Product[] = ['lxd', 'incus'];

/** One method and path of one product, or one `variant` of it (recursion, untrusted access). */
export interface EndpointFact {
  method: string;
  path: string;
  variant?: string;
  kind: string;
  /** Kinds that supported older versions answered with. */
  olderKinds?: string[];
  asyncExtension?: string;
  asyncWhen?: string;
  answer: string | null;
  body?: string;
  /** A stream of bytes is accepted in place of the JSON body. */
  rawBody?: boolean;
  query: string[];
  headers?: string[];
  etag?: boolean;
  ifMatch?: boolean;
  untrusted?: boolean;
  upgrade?: string;
  extension?: string;
  since: string;
  removed?: string;
}

/** One schema of one product; `fields` maps wire names to wire types. */
export interface SchemaFact {
  alias?: string;
  fields: Record<string, string>;
  omitempty?: string[];
  nullable?: string[];
  deprecated?: string[];
  writable?: string[];
  extension?: string;
  fieldExtensions?: Record<string, string>;
  fieldSince?: Record<string, string>;
  since?: string;
}

/** One config or device key of one product. */
export interface ConfigKeyFact {
  product: Product;
  entity: string;
  group: string;
  key: string;
  type?: string;
  default?: string;
  condition?: string;
  required?: string;
  liveupdate?: string;
}

/** One action of lifecycle events. */
export interface LifecycleFact {
  product: Product;
  action: string;
  context?: string[];
  since: string;
}

/** One API extension. */
export interface ExtensionFact {
  name: string;
  products: Product[];
}

/** Short lists and the status codes. */
export interface NameFacts {
  lxdEventTypes: string[];
  lxdPrivilegedEventTypes: string[];
  lxdMetadataSchemas: Record<string, string>;
  lxdOperationClasses: string[];
  incusEventTypes: string[];
  incusPrivilegedEventTypes: string[];
  incusMetadataSchemas: Record<string, string>;
  incusOperationClasses: string[];
  statusCodes: Record<string, string>;
  finalStatusCodes: number[];
  instanceActions: string[];
  instanceTypes: string[];
}

/** Everything in the JSON files of this folder. */
export interface Facts {
  endpoints: Record<Product, EndpointFact[]>;
  schemas: Record<Product, Record<string, SchemaFact>>;
  configKeys: ConfigKeyFact[];
  lifecycle: LifecycleFact[];
  extensions: ExtensionFact[];
  names: NameFacts;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
}

/** Reads the facts that lie beside this file. */
export function readFacts(): Facts {
  const read = {
    endpoints: { lxd: readJson('lxd-endpoints.json'), incus: readJson('incus-endpoints.json') },
    schemas: { lxd: readJson('lxd-schemas.json'), incus: readJson('incus-schemas.json') },
    configKeys: readJson('config-keys.json'),
    lifecycle: readJson('lifecycle.json'),
    extensions: readJson('extensions.json'),
    names: readJson('names.json'),
  };
  return read as Facts;
}
