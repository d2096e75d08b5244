import { Resource } from '../kind/resource.js';
import { assertEditable, isOnMembers, type Parts } from './parts.js';

/** Something of which each cluster member has a part. */
export abstract class Parted extends Resource {
  /** @internal */
  override async saveReport(...given: Parameters<Resource['saveReport']>) {
    if (isOnMembers({ locations: this.raw('locations') })) {
      const { connection, scope } = this.session;
      const keys = this.parts.keys({ driver: this.raw('driver') as string }, connection.facts?.product);
      assertEditable(this.toString(), this.changes(), keys, scope.target);
    }
    return super.saveReport(...given);
  }

  protected abstract get parts(): Parts;
}
