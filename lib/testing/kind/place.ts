import type { Product } from '../products/product.js';
import type { ProjectRecord } from '../kinds/projects/project.js';
import { Refusal } from '../state/refusal.js';
import { sourceUrl } from '../state/source-url.js';
import type { State } from '../state/state.js';
import type { Action, Declaration, Habits, Kind, Says, Thing } from './kind.js';

/** One list of things: of a kind, in a project, below the things that its path names. */
export class Place<T = Thing> {
  constructor(
    readonly state: State,
    readonly kind: Declaration<T>,
    /** Whose they are; the one that the request named may have left them to `default`. */
    readonly project: ProjectRecord,
    /** The parts of the path that are above them. */
    readonly params: Readonly<Record<string, string>>,
    /** The project that the request names, whether it counts or not. */
    readonly asked = project.name,
  ) {}

  /** The place that a request is about, where one thing is or a whole list. */
  static of(
    state: State,
    kind: Kind,
    params: Readonly<Record<string, string>>,
    projectName: string,
    isList = false,
  ): Place {
    if (kind.scope === 'server') return new Place(state, kind, state.project('default'), params, projectName);
    const unknown = `Failed to load project "${projectName}": Project not found`;
    const project = state.project(projectName, kind.texts.project?.(projectName, isList) ?? unknown);
    const feature = typeof kind.feature === 'function' ? kind.feature(params, state.product) : kind.feature;
    return new Place(state, kind, project.having(feature), params, projectName);
  }

  /** The places of several projects, those once that share one. */
  static all(
    state: State,
    kind: Kind,
    params: Readonly<Record<string, string>>,
    names: readonly string[],
    isList = false,
  ): Place[] {
    const places = names.map((name) => Place.of(state, kind, params, name, isList));
    return places.filter(
      ({ project }, index) => places.findIndex((one) => one.project === project) === index,
    );
  }

  get product(): Product {
    return this.state.product;
  }

  /** The things that are here, by their names. */
  get shelf(): Map<string, T> {
    const kept = this.#shelves.at<T>(this.path());
    return this.kind.shelf?.(this, kept) ?? kept;
  }

  get #shelves() {
    return this.kind.scope === 'server' ? this.state.shelves : this.project.shelves;
  }

  /** How the kind answers here, by its product's quirks. */
  get habits(): Habits {
    return { ...this.kind, ...this.kind.quirks?.[this.product.name] };
  }

  /** One part of the path; bound, as all that is a function here, so that it can be taken out. */
  readonly param = (name: string): string => this.params[name] ?? '';

  /** The parts of the path of the list, or of one thing on it, without the version. */
  readonly path = (name?: string): string[] => {
    const parts = this.kind.path.split('/').slice(2, name === undefined ? -1 : undefined);
    return parts.map((part, index) => {
      if (!part.startsWith('{')) return part;
      return index === parts.length - 1 && name !== undefined ? name : this.param(part.slice(1, -1));
    });
  };

  /** Where a thing is. */
  readonly url = (name: string): string => this.product.url(this.project.name, this.path(name));

  /** The thing of this name. @throws Refusal the server's words for one that is not there */
  find(name: string, method = 'GET'): T {
    const thing = this.shelf.get(name);
    if (!thing) throw this.missing(name, method);
    return thing;
  }

  /** What is said of a name that no thing here has. */
  missing(name: string, method: string): Refusal {
    const { missing } = this.kind.texts;
    return refusal(typeof missing === 'function' ? missing(name, method) : missing);
  }

  /** What is said of a name. */
  nameProblem(name: string, action: 'create' | 'rename'): Says | undefined {
    const wrong = this.kind.named(name, this, action);
    return typeof wrong === 'string' ? invalid(this.kind, action === 'create', wrong) : wrong;
  }

  /** Renames a thing, with what is below it; it keeps its place in the list. */
  move(name: string, next: string): void {
    const { shelf } = this;
    const thing = this.find(name);
    Object.assign(thing as object, { name: next }); // still the same one, by which others know it
    const before = [...shelf];
    shelf.clear();
    for (const [key, other] of before) {
      if (key === name) shelf.set(next, thing);
      else shelf.set(key, other);
    }
    this.#shelves.move(this.path(name), this.path(next));
    this.kind.renamed?.(name, thing, this);
  }

  /** Forgets a thing, with what is below it. */
  remove(name: string): void {
    this.kind.removing?.(name, this);
    this.shelf.delete(name);
    this.#shelves.move(this.path(name));
  }

  /** Tells of what was done to a thing. */
  tell(action: Action, name: string, context?: Record<string, string>): void {
    const renamed = this.habits.tellsRenameAsDeleted ? 'deleted' : 'renamed';
    const past = { create: 'created', update: 'updated', rename: renamed, delete: 'deleted' }[action];
    const more = { ...this.kind.context?.(action, this), ...context };
    const path = this.kind.eventPath?.(this, name, action) ?? this.path(name);
    const own = this.kind.eventProject?.(name);
    this.state.lifecycle(
      own ?? this.project.name,
      `${this.kind.event}-${past}`,
      [...path],
      Object.keys(more).length > 0 ? more : undefined,
      own === undefined ? undefined : sourceUrl('default', path),
    );
  }
}

/** What is said of a name or a content that will not do. */
export function invalid({ invalid: status = {} }: Pick<Kind, 'invalid'>, isNew: boolean, text: string): Says {
  return [(isNew ? status.create : status.update) ?? 500, text];
}

/** The words of a declaration as what is thrown. */
export function refusal([status, text]: Says): Refusal {
  return new Refusal(status, text);
}
