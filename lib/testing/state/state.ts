import { sourceUrl } from './source-url.js';
import type { Product } from '../products/product.js';
import { Chance } from './chance.js';
import type { Clock } from './clock.js';
import { EventBus, type FakeEvent } from './events.js';
import { Shelves } from '../kind/shelves.js';
import { OperationEngine } from './operation-engine.js';
import { Projects, type ProjectRecord } from '../kinds/projects/project.js';
import { Refusal } from './refusal.js';
import { stamp } from './time.js';

/** All that a fake server knows: what a restart would have to bring back. */
export class State {
  readonly projects: Projects;
  /** What belongs to no project. */
  readonly shelves = new Shelves();
  readonly events = new EventBus();
  readonly operations: OperationEngine;
  /** What kinds keep here for themselves. */
  readonly #parts = new Map<new () => object, object>();

  constructor(
    readonly product: Product,
    readonly clock: Clock,
    operationTime: number,
    readonly chance = new Chance(),
  ) {
    this.operations = new OperationEngine(clock, operationTime, chance, (operation) =>
      this.emit('operation', operation.spec.project, operation.toJSON()),
    );
    this.projects = new Projects(product);
    this.addProject('default');
  }

  /** What a kind keeps here, one of this class: it is made when it is first asked for. */
  part<T extends object>(Part: new () => T): T {
    const part = (this.#parts.get(Part) as T | undefined) ?? new Part();
    this.#parts.set(Part, part);
    return part;
  }

  /** The present, as the servers print it. */
  now(): string {
    return stamp(this.clock);
  }

  addProject(name: string): ProjectRecord {
    return this.projects.add(name);
  }

  /** The project; the message is what the server says of one that does not exist. */
  project(name: string, message = 'Project not found'): ProjectRecord {
    const project = this.projects.get(name);
    if (!project) throw new Refusal(404, message);
    return project;
  }

  emit(type: FakeEvent['type'], project: string, metadata: unknown): void {
    this.events.emit({ type, timestamp: this.now(), project, location: 'none', metadata });
  }

  /** Tells of something that happened to the thing at this path, e.g. `instance-started` at `['instances', 'web']`. */
  lifecycle(
    project: string,
    action: string,
    path: string[],
    context?: Record<string, unknown>,
    source = sourceUrl(project, path),
  ): void {
    const requestor = { username: 'root', protocol: 'unix', address: '@' };
    // Only what is about an instance itself names it.
    const isNamed = path[0] === 'instances' && path.length === 2;
    const named = isNamed && this.product.extensions.includes('event_lifecycle_name_and_project');
    const more = { ...(context && { context }), requestor, ...(named && { name: path.at(-1), project }) };
    this.emit('lifecycle', project, { action, source, ...more });
  }
}
