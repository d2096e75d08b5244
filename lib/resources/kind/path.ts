import { InvalidInputError } from '../../errors/index.js';
import { fillPath } from '../../rest/endpoints/index.js';

/** How keys of a kind look; most are plain names that only the server limits. */
export interface KeyRules {
  /** The field of the body that has the last part of the key; `name` by default. */
  field?: string;
  /**
   * Only letters, digits, `.` and `-` can be in it, so that the URLs of a list tell it in every dialect; `'of one project'`
   * where those of a list of all projects do not say which.
   */
  plain?: true | 'of one project';
  /** Servers decode it twice, so that `a%23b` once encoded is `a#b` to them. */
  decodedTwice?: boolean;
  /** How servers spell it: `2001:DB8::5` is `2001:db8::5` to them. @throws InvalidInputError for what is none at all */
  spelt?: (name: string) => string;
  /** Its beginning is enough for the server, in either case. */
  abbreviated?: boolean;
  /** Another field whose text is enough for the server, where no other has the same. */
  also?: string;
  /** The last part may have slashes. */
  slashes?: boolean;
  /** Parameters of the path that a key may leave out, and the body names: `{ type: 'custom' }`. */
  defaults?: Readonly<Record<string, string>>;
  /** What a parameter of the path can be, where that is known: `{ type: ['custom', 'image'] }`. */
  choices?: Readonly<Record<string, readonly string[]>>;
  /** Parameters of the path that a description names, by the fields that do so: `{ poolName: 'pool' }`. */
  told?: Readonly<Record<string, string>>;
  /** The name of an item in a list, without what is put before it there; undefined for what is not of this kind. */
  listed?: ((name: string) => string | undefined) | undefined;
}

/** The part of a path that is below what the things belong to. */
interface Below {
  template: string;
  /** Up to the first parameter. */
  list: string;
  /** Of the parameters. */
  names: readonly string[];
}

/** The own name of what a list names with that of what it belongs to: `s` of `web/s`. */
export function afterSlash(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/**
 * Where things of one kind are: a path as the endpoint facts have it, `/1.0/instances/{name}/snapshots/{snapshotName}`.
 * The thing that they belong to fills its beginning with its own path; the parameters after that are the key.
 */
export class KindPath {
  readonly #segments: readonly string[];
  /** Whether a key is a name and nothing else, as of most kinds, whose lists can be long. */
  readonly #isFlat: boolean;
  /** What is left of the path below things of so many segments: it is asked for at each request. */
  readonly #below = new Map<number, Below>();

  constructor(
    template: string,
    readonly rules: KeyRules = {},
  ) {
    this.#segments = template.split('/');
    this.#isFlat = this.#rest('').names.length <= 1;
  }

  /** The path of one. @throws InvalidInputError for a key of another shape */
  of(parent: string, key: string): string {
    const values = this.valuesOf(parent, key);
    const last = [...values.keys()].at(-1) ?? '';
    const name = this.spelt(values.get(last) ?? '');
    values.set(last, name);
    if (this.rules.decodedTwice) values.set(last, name.replace(/[%+]/g, encodeURIComponent));
    return parent + fillPath(this.#rest(parent).template, Object.fromEntries(values));
  }

  /** The path that a creation is sent to. */
  home(parent: string, key: string): string {
    const path = this.of(parent, key);
    return path.slice(0, path.lastIndexOf('/'));
  }

  /** The path of the list of all: up to the first parameter. */
  list(parent: string): string {
    return parent + this.#rest(parent).list;
  }

  /** What of the path a key fills, by the names of the parameters. @throws InvalidInputError */
  valuesOf(parent: string, key: string): Map<string, string> {
    const { names } = this.#rest(parent);
    const { defaults = {}, slashes = false } = this.rules;
    const parts = names.length > 1 ? key.split('/') : [key];
    if (slashes) parts.push(parts.splice(Math.max(0, names.length - 1)).join('/'));
    const optional = names.filter((name) => Object.hasOwn(defaults, name));
    const given = parts.length === names.length ? names : names.filter((name) => !optional.includes(name));
    if (names.length > 0 && (parts.length !== given.length || parts.includes(''))) {
      throw new InvalidInputError(`The key ${JSON.stringify(key)} is not of the form '${this.#form(names)}'`);
    }
    const values = new Map(names.map((name) => [name, defaults[name] ?? '']));
    for (const [index, name] of given.entries()) values.set(name, parts[index] ?? '');
    for (const [name, known] of Object.entries(this.rules.choices ?? {})) {
      const value = values.get(name);
      if (value === undefined || known.includes(value)) continue;
      const says = `The key ${JSON.stringify(key)} has an unknown ${name} ${JSON.stringify(value)}`;
      throw new InvalidInputError(`${says}; it must be one of ${known.join(', ')}`);
    }
    return values;
  }

  /** A key as the server spells it. @throws InvalidInputError for what can be none */
  spelt(key: string): string {
    const { spelt } = this.rules;
    return spelt ? key.slice(0, key.lastIndexOf('/') + 1) + spelt(afterSlash(key)) : key;
  }

  /** The key of a thing by its description; what that does not tell is as in `asked`. Undefined if it is not of this kind. */
  keyOf(
    parent: string,
    data: Readonly<Record<string, unknown>>,
    asked?: string,
    named = this.rules.field ?? 'name',
  ): string | undefined {
    const { listed } = this.rules;
    const told = data[named];
    const name = typeof told === 'string' && listed ? listed(told) : told;
    if (typeof name !== 'string' || name === '') return undefined;
    if (parent === '' && this.#isFlat) return name; // nothing is made for each of ten thousand
    const { names } = this.#rest(parent);
    if (names.length <= 1) return name;
    const { defaults = {}, told: byField = {} } = this.rules;
    const known = asked === undefined ? undefined : this.valuesOf(parent, asked);
    const parts = names.slice(0, -1).map((param) => {
      const field = byField[param] ?? (Object.hasOwn(defaults, param) ? param : undefined);
      const value = field === undefined ? undefined : data[field];
      return typeof value === 'string' ? value : (known?.get(param) ?? defaults[param]);
    });
    if (parts.some((part) => part === undefined)) return undefined;
    const shown = parts.filter((part, index) => part !== defaults[names[index] ?? '']);
    return [...shown, name].join('/');
  }

  /** The key in a URL; undefined for one of another shape, or of what belongs to something else. */
  keyOfUrl(parent: string, path: string): string | undefined {
    const given = path.split('/').map(decoded);
    const above = parent === '' ? [] : parent.split('/').map(decoded);
    if (given.length !== this.#segments.length) return undefined;
    if (above.some((segment, index) => segment !== given[index])) return undefined;
    const parts: string[] = [];
    for (const [index, segment] of this.#segments.entries()) {
      if (index < above.length) continue;
      const value = given[index] ?? '';
      const param = paramOf(segment);
      if (param === undefined && value !== segment) return undefined;
      if (param !== undefined && value !== this.rules.defaults?.[param]) parts.push(value);
    }
    return parts.join('/');
  }

  /** What fills a parameter of a whole path. */
  valueIn(path: string, param: string): string {
    return decoded(path.split('/')[this.#segments.indexOf(`{${param}}`)] ?? '');
  }

  #rest(parent: string): Below {
    const depth = parent === '' ? 0 : parent.split('/').length;
    let below = this.#below.get(depth);
    if (!below) {
      const segments = depth === 0 ? this.#segments : ['', ...this.#segments.slice(depth)];
      const first = segments.findIndex((segment) => paramOf(segment) !== undefined);
      below = {
        template: segments.join('/'),
        list: (first < 0 ? segments : segments.slice(0, first)).join('/'),
        names: segments.flatMap((segment) => paramOf(segment) ?? []),
      };
      this.#below.set(depth, below);
    }
    return below;
  }

  /** `instance/snapshot`, for messages. */
  #form(names: readonly string[]): string {
    const words = names.map((name) => {
      const before = this.#segments[this.#segments.indexOf(`{${name}}`) - 1] ?? '';
      return name === 'name' ? before.replace(/s$/, '') : name.replace(/Name$/, '');
    });
    return words.join('/');
  }
}

function paramOf(segment: string): string | undefined {
  return /^\{(.*)\}$/.exec(segment)?.[1];
}

/** The last name in a URL of the API. */
export function lastIn(url: string): string {
  return decoded(url.replace(/[?#].*$/s, '').replace(/^.*\//s, ''));
}

/** A segment of a URL as a text; what cannot be decoded stays as it is. */
export function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
