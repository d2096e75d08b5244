import { Model, type ModelClass } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import type { Place, RestStore } from './rest-store.js';

/** A model behind the REST API: what its own methods need to send requests of their own. */
export abstract class Resource extends Model {
  protected override get store(): RestStore {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- collections give their models their own store
    return super.store as RestStore;
  }

  protected get session(): Session {
    return this.store.session;
  }

  /** @internal What a model of another client sends with. */
  static sessionOf(model: Resource): Session {
    return model.session;
  }

  /** @internal The place of what belongs to a model: it follows renames and moves, and ends with a deletion. */
  static placeUnder(parent: Resource): () => Place {
    return () => ({
      get session() {
        parent.assertUsable(); // whoever asks for it is going to send something
        return parent.session;
      },
      get parent() {
        return parent.store.path(parent.key);
      },
      parentClass: parent.constructor as ModelClass,
    });
  }

  /** Path of this thing. */
  protected get path(): string {
    this.assertUsable();
    return this.store.path(this.key);
  }
}
