import { Model } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import type { RestStore } from './rest-store.js';

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

  /** Path of this thing. */
  protected get path(): string {
    this.assertUsable();
    return this.store.spec.path(this.key);
  }
}
