import type { WriteRules } from '../orm/index.js';
import type { ServerFacts } from '../rest/connection.js';

/**
 * How each kind of thing takes writes: data, with what was seen beside it. The rules hold for LXD and Incus alike,
 * so that no request is needed to choose; what only newer servers can is used once their extensions are known.
 */

/** Seen on LXD 5.0.2 while another write to the instance ran, and on Incus 6.0.4 while it started or stopped. */
const busy = /matching non-reusable operation|Instance is busy running/i;

/** Keys that the server changes by itself: addresses, idmaps, the last state. */
const serverOwned = /^volatile\./;

export function instanceRules(facts: ServerFacts | undefined): WriteRules {
  return {
    partial: true,
    resend: ['description'], // PATCH blanks it when left out: LXD always, Incus before 6.17
    unset: {
      config: 'empty',
      // A null device is an error 500 but for LXD with this extension; elsewhere removing one takes the whole object.
      devices: facts?.extensions.has('device_patch_removal') ? 'null' : 'replace',
    },
    emptyIsUnset: ['config'],
    unversioned: ['description'], // not part of the hash that makes the ETag
    serverOwned,
    busy,
  };
}

export function profileRules(): WriteRules {
  return { partial: true, resend: ['description'], unset: { config: 'replace', devices: 'replace' } };
}

export function imageRules(): WriteRules {
  return { partial: true, unset: { properties: 'replace' } };
}

export function snapshotRules(): WriteRules {
  return { partial: true };
}

export function serverRules(): WriteRules {
  return { partial: true, unset: { config: 'empty' }, emptyIsUnset: ['config'], serverOwned };
}
