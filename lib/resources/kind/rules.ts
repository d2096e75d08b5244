import type { WriteRules } from '../../orm/index.js';
import type { ServerFacts } from '../../rest/connection.js';

/**
 * How each kind of thing takes writes: data, with what was seen on LXD 5.0.2 and Incus 6.0.4 beside it. The rules hold
 * for both, so that no request is needed to choose; what only newer servers can is used once their extensions are known.
 */

/** Another write to the instance is under way; such a refusal wrote nothing. */
const busy = /Instance is busy running an? ".*" operation|matching non-reusable operation/i;

/** Keys that the server changes by itself: addresses, idmaps, the last state. */
const serverOwned = /^volatile\./;

export function instanceRules(facts: ServerFacts | undefined): WriteRules {
  return {
    partial: true,
    resend: ['description'], // PATCH blanks it when left out: LXD always, Incus before 6.0.6 and 6.17
    unset: {
      config: 'empty',
      // A null device is an error 500 but for LXD with this extension; elsewhere removing one takes the whole object.
      devices: facts?.extensions.has('device_patch_removal') ? 'null' : 'replace',
    },
    emptyIsUnset: ['config', 'devices'], // no server ever stores an empty text there
    unversioned: ['description'], // not part of the hash that makes the ETag
    serverOwned,
    busy,
  };
}

/** No `busy`: a profile's write that meets one of an instance says so with an error, but has been saved. */
export function profileRules(): WriteRules {
  return {
    partial: true, // what is left out is kept, description too
    unset: { config: 'empty', devices: 'replace' },
    emptyIsUnset: ['config', 'devices'],
  };
}

export function imageRules(): WriteRules {
  return {
    partial: true,
    replaceOnly: ['profiles', 'expires_at'], // PATCH answers 200 and ignores them
    unset: { properties: 'empty' },
    emptyIsUnset: ['properties'],
    unversioned: ['profiles', 'expires_at'], // not part of the hash that makes the ETag
  };
}

/** PUT of the whole: a PATCH of an alias locks the database of LXD 5.0.2. */
export function aliasRules(): WriteRules {
  return { partial: false };
}

/** Only the expiry can be changed; PATCH and PUT are operations. */
export function snapshotRules(): WriteRules {
  return { partial: true, busy };
}

/**
 * The whole configuration with PUT: PATCH cannot take away a boolean key (LXD 5.0.2 stores `false`), and one that is
 * refused for a bad value empties the rest of the node's configuration on Incus before 6.0.6.
 */
export function serverRules(): WriteRules {
  return {
    partial: false,
    keptUnlessEmptied: { field: 'config', keys: /^user\./ }, // a PUT without them leaves them as they are
    emptyIsUnset: ['config'],
    serverOwned,
  };
}
