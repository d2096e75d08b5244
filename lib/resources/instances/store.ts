import type { WriteRules } from '../../orm/index.js';
import type { ServerFacts } from '../../rest/connection.js';
import type { Session } from '../../rest/session.js';
import { storeKind } from '../kind/kind.js';
import { RestStore } from '../kind/rest-store.js';

/** Another write to the instance is under way; such a refusal wrote nothing. */
export const busy = /Instance is busy running an? ".*" operation|matching non-reusable operation/i;

const instances = storeKind({
  name: 'instance',
  path: '/1.0/instances/{name}',
  key: { plain: true },
  writes: instanceRules,
  filter: 'both',
  events: {
    of: 'instance',
    // These change nothing of what the API tells of one.
    harmless: /^instance-(exec|console|file|log|backup|metadata|snapshot)(-|$)/,
    keyIn: nameIn,
  },
  allProjects: 'instance_all_projects',
});

/** Older servers name instances by their type. */
function nameIn(path: string): string | undefined {
  const name = /^\/1\.0\/(?:instances|containers|virtual-machines)\/([^/]+)/.exec(path)?.[1];
  return name === undefined ? undefined : decodeURIComponent(name);
}

function instanceRules(facts: ServerFacts | undefined): WriteRules {
  return {
    partial: true,
    // A PATCH without it blanks it: LXD always, Incus before 6.0.6 and 6.17, and this extension came after both.
    resend: facts?.extensions.has('instance_snapshot_disk_only_restore') ? [] : ['description'],
    unset: {
      config: 'empty',
      // A null device is an error 500 but for LXD with this extension; elsewhere removing one takes the whole object.
      devices: facts?.extensions.has('device_patch_removal') ? 'null' : 'replace',
    },
    emptyIsUnset: ['config', 'devices'], // no server ever stores an empty text there
    unversioned: ['description'], // not part of the hash that makes the ETag
    serverOwned: /^volatile\./, // addresses, idmaps, the last state
    busy,
    // LXD 5.0.2 checks before it takes the instance's lock: 6 of 240 writes were lost on a very busy machine, none on others.
    checkedLoosely: facts?.product === 'incus' ? false : 'when met',
  };
}

/** Where a server keeps its instances. */
export function instanceStore(session: Session): RestStore {
  return new RestStore(instances, () => ({ session }));
}
