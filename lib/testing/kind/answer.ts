import { asyncWrites } from '../../rest/endpoints/dialects.generated.js';
import { started } from '../http/reply.js';
import type { Product } from '../products/product.js';
import type { Action } from './kind.js';
import type { Place } from './place.js';

/** What is left to do of a write, once all that is checked at once was. */
export interface Work {
  action: Action;
  /** The thing that it is about, and what it is called before that. */
  name: string;
  oldName?: string;
  method: string;
  /** Is it over before anybody can ask? pylxd renames a project, and gets it by its new name without waiting. */
  isInstant?: boolean;
  run(): void;
  /** What is said of it when it is done, and under which name an operation says it. */
  tells?: readonly [name: string, () => unknown];
  /** What a synchronous answer says. */
  done(): Response;
}

const doing = { create: 'Creating', update: 'Updating', rename: 'Renaming', delete: 'Deleting' } as const;

/** Is this write an operation on this server? What is by what is asked, is not. */
function isOperation({ name, extensions }: Product, method: string, path: string): boolean {
  const when = asyncWrites[name][`${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`];
  return when === true || (when !== undefined && extensions.includes(when));
}

/** Does the work at once, or has an operation do it: the facts of the API say which. */
export function answer(place: Place, work: Work): Response {
  const { kind, product } = place;
  const { action, method, name, oldName } = work;
  const path = action === 'create' ? kind.path.slice(0, kind.path.lastIndexOf('/')) : kind.path;
  if (!isOperation(product, method, path)) {
    work.run();
    return work.done();
  }
  // Of those that were not always operations, the metadata names the thing, since `Location` is the operation's.
  const isDialect = asyncWrites[product.name][`${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`] !== true;
  const urls = {
    entity_url: place.url(name),
    ...(oldName !== undefined && { original_entity_url: place.url(oldName) }),
  };
  const operation = place.state.operations.start({
    project: place.project.name,
    description: `${doing[action]} ${kind.title}`,
    resources: kind.resources?.(place, oldName ?? name, action) ?? product.noResources,
    ...(isDialect && { metadata: urls }),
    ...(work.isInstant && { time: 0 }),
    run(operation) {
      work.run();
      if (work.tells) operation.update({ [work.tells[0]]: work.tells[1]() });
    },
  });
  return started(operation);
}
