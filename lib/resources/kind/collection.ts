import { Manager, type AllOptions, type Model, type ModelClass } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { filterText } from './filter.js';
import type { RestStore } from './rest-store.js';

/** A manager behind the REST API. */
export abstract class Collection<M extends Model> extends Manager<M> {
  constructor(
    protected override readonly store: RestStore,
    Class: ModelClass<M>,
  ) {
    super(store, Class);
  }

  protected get session(): Session {
    return this.store.session;
  }

  protected override filterText(filter: AllOptions['filter']): string | undefined {
    return filterText(filter);
  }
}
