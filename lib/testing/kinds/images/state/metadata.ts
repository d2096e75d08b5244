import type { Node, LineCounter } from 'yaml';
import { dict, type StringMap } from '../../../state/maps.js';
import { Refusal } from '../../../state/refusal.js';
import type { ImageMetadata } from '../../instances/records.js';

/** A template as `metadata.yaml` describes it. */
interface Template {
  when: string[] | null;
  create_only: boolean;
  template: string;
  properties: StringMap | null;
}

const tags: Readonly<Record<string, string>> = {
  string: '!!str',
  boolean: '!!bool',
  bigint: '!!int',
  number: '!!float',
};

type Yaml = typeof import('yaml');

/** Reads YAML as Go does: into the types of its fields, with what it says of values that are of others. */
class Reader {
  readonly #yaml: Yaml;
  readonly #lines: LineCounter;
  readonly problems: string[] = [];

  constructor(yaml: Yaml, lines: LineCounter) {
    this.#yaml = yaml;
    this.#lines = lines;
  }

  string(node: unknown): string {
    if (this.#yaml.isScalar(node)) return node.value === null ? '' : (node.source ?? '');
    return this.#mismatch(node, 'string', '');
  }

  int(node: unknown): number {
    if (this.#yaml.isScalar(node) && (node.value === null || typeof node.value === 'bigint'))
      return Number(node.value);
    return this.#mismatch(node, 'int64', 0);
  }

  bool(node: unknown): boolean {
    if (this.#yaml.isScalar(node) && (node.value === null || typeof node.value === 'boolean'))
      return node.value === true;
    return this.#mismatch(node, 'bool', false);
  }

  strings(node: unknown): string[] | null {
    if (this.#yaml.isSeq(node)) return node.items.map((item) => this.string(item));
    return this.#mismatch(node, '[]string', null);
  }

  map<T>(node: unknown, type: string, read: (value: unknown) => T): Record<string, T> | null {
    if (!this.#yaml.isMap(node)) return this.#mismatch(node, type, null);
    const map = dict<T>();
    for (const { key, value } of node.items) map[this.string(key)] = read(value);
    return map;
  }

  texts(node: unknown): StringMap | null {
    return this.map(node, 'map[string]string', (value) => this.string(value));
  }

  template(node: unknown): Template {
    const isMap = this.#yaml.isMap(node);
    const fields = isMap ? node : this.#mismatch(node, 'api.ImageMetadataTemplate', null);
    return {
      when: this.strings(fields?.get('when', true)),
      create_only: this.bool(fields?.get('create_only', true) ?? null),
      template: this.string(fields?.get('template', true) ?? null),
      properties: this.texts(fields?.get('properties', true)),
    };
  }

  /** Nothing is no mistake, wherever it stands. */
  #mismatch<T>(node: unknown, type: string, otherwise: T): T {
    const { isMap, isScalar } = this.#yaml;
    if (node === undefined || node === null || (isScalar(node) && node.value === null)) return otherwise;
    const { line } = this.#lines.linePos((node as Node).range?.[0] ?? 0);
    const scalar = isScalar(node)
      ? `${tags[typeof node.value] ?? '!!str'} \`${short(node.source ?? '')}\``
      : '';
    const tag = scalar || (isMap(node) ? '!!map' : '!!seq');
    this.problems.push(`  line ${String(line)}: cannot unmarshal ${tag} into ${type}`);
    return otherwise;
  }
}

const short = (text: string): string => (text.length > 10 ? `${text.slice(0, 7)}...` : text);

/** Reads a `metadata.yaml`. @throws Refusal with what the servers say of one that is wrong */
export async function parseMetadata(text: string): Promise<ImageMetadata> {
  const yaml = await import('yaml'); // only who uploads an image pays for it
  const { LineCounter, parseDocument } = yaml;
  const lineCounter = new LineCounter();
  const { contents, errors } = parseDocument(text, { lineCounter, intAsBigInt: true, prettyErrors: false });
  const [error] = errors;
  if (error) {
    const { line } = lineCounter.linePos(error.pos[0]);
    throw new Refusal(500, `yaml: line ${String(line)}: ${error.message}`);
  }
  if (contents === null) throw new Refusal(500, 'EOF');
  const reader = new Reader(yaml, lineCounter);
  const fields = reader.map(contents, 'api.ImageMetadata', (value) => value) ?? {};
  const metadata: ImageMetadata = {
    architecture: reader.string(fields.architecture ?? null),
    creation_date: reader.int(fields.creation_date ?? null),
    expiry_date: reader.int(fields.expiry_date ?? null),
    properties: reader.texts(fields.properties),
    templates: reader.map(fields.templates, 'map[string]*api.ImageMetadataTemplate', (value) =>
      reader.template(value),
    ),
  };
  if (reader.problems.length > 0) {
    throw new Refusal(500, ['yaml: unmarshal errors:', ...reader.problems].join('\n'));
  }
  return metadata;
}
