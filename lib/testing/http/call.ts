import type { Product } from '../products/product.js';
import { Refusal } from '../state/refusal.js';
import type { ProjectRecord } from '../kinds/projects/project.js';
import type { State } from '../state/state.js';
import { root, type Caller } from './caller.js';
import { decode, isObject, parseJson, type Shape } from './decode.js';
import type { Target } from './target.js';

/** The name of the Go type that a PATCH body is first read into. */
const quirks = { lxd: { rawObject: 'shared.Jmap' }, incus: { rawObject: 'jmap.Map' } };

/** One request on its way through the handlers. */
export class Call {
  /** The decoded parts of the path, by their names in the route. */
  params: Readonly<Record<string, string>> = {};
  /** The body, once somebody has read it. */
  #bytes: Buffer | undefined;
  /** Its first piece, and where the others come from, once somebody has looked at that. */
  #begun: { first: Buffer; rest: AsyncIterator<Uint8Array> } | undefined;

  constructor(
    readonly state: State,
    readonly request: Request,
    readonly target: Target,
    readonly caller: Caller = root,
  ) {}

  get product(): Product {
    return this.state.product;
  }

  /** Does the server trust who asks? */
  get trusted(): boolean {
    return this.caller.method !== '';
  }

  /** Is who asks told only what everybody may know? Who is restricted, goes by the project. */
  get isGuest(): boolean {
    return !this.trusted || this.caller.projects?.includes(this.projectName) === false;
  }

  get projectName(): string {
    return this.target.query.get('project') || 'default';
  }

  /** The project of the request; the message is what this path says of one that does not exist. */
  project(message?: string): ProjectRecord {
    return this.state.project(this.projectName, message);
  }

  /** One part of the path. */
  param(name: string): string {
    return this.params[name] ?? '';
  }

  /** One of the product's own headers, by its name without the prefix. */
  header(name: string): string | undefined {
    return this.request.headers.get(this.product.headerPrefix + name) ?? undefined;
  }

  /** The body as text; it can be asked for again. */
  async text(): Promise<string> {
    return (await this.bytes()).toString();
  }

  /** The body as it came, likewise. */
  async bytes(): Promise<Buffer> {
    if (this.#begun) {
      const all: Uint8Array[] = [];
      for await (const piece of this.pieces()) all.push(piece);
      this.#bytes = Buffer.concat(all);
      this.#begun = undefined;
    }
    return (this.#bytes ??= Buffer.from(await this.request.arrayBuffer()));
  }

  /** The first piece of the body; all of it can be asked for still. */
  async beginning(): Promise<Buffer> {
    if (this.#bytes) return this.#bytes;
    if (!this.#begun) {
      const pieces = (this.request.body ?? []) as AsyncIterable<Uint8Array>;
      const rest = pieces[Symbol.asyncIterator]();
      const next = await rest.next();
      this.#begun = { first: next.done ? Buffer.alloc(0) : Buffer.from(next.value), rest };
    }
    return this.#begun.first;
  }

  /** The body piece by piece as it comes: whoever asked for its beginning only can have it so once. */
  async *pieces(): AsyncGenerator<Uint8Array, void, void> {
    const first = await this.beginning();
    if (first.length > 0) yield first;
    if (!this.#begun) return;
    const { rest } = this.#begun;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  }

  /** The body, of this shape. */
  async body<T extends object>(shape: Shape): Promise<Partial<T>> {
    return decode<T>(parseJson(await this.text()), shape, this.product);
  }

  /** The same, where another of Go's functions reads it. */
  async wholeBody<T extends object>(shape: Shape): Promise<Partial<T>> {
    if ((await this.text()) === '') throw new Refusal(400, 'unexpected end of JSON input');
    return this.body(shape);
  }

  /** The body of a PATCH, which the servers first read as an object of anything. */
  async patch<T extends object>(shape: Shape): Promise<Partial<T>> {
    return decode<T>(await this.#object(), shape, this.product);
  }

  /** The same, where they then read its values one by one, as texts; null is none. */
  async texts<T extends object>({ fields }: Shape): Promise<Partial<T>> {
    const value = (await this.#object()) ?? {};
    const said = Object.keys(fields).filter((key) => Object.hasOwn(value, key));
    const wrong = said.find((key) => typeof value[key] !== 'string');
    if (wrong !== undefined) throw new Refusal(400, `\`${wrong}\` was not a string`);
    return Object.fromEntries(said.map((key) => [key, value[key]])) as Partial<T>;
  }

  async #object(): Promise<Record<string, unknown> | null> {
    const value = parseJson(await this.text());
    if (value !== null && !isObject(value)) {
      const type = Array.isArray(value) ? 'array' : typeof value;
      const { rawObject } = quirks[this.product.name];
      throw new Refusal(400, `json: cannot unmarshal ${type} into Go value of type ${rawObject}`);
    }
    return value;
  }
}
