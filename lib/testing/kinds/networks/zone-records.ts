import { kind } from '../../kind/kind.js';
import { zoneFeature } from '../projects/project.js';
import type { Place } from '../../kind/place.js';
import { dict, type StringMap } from '../../state/maps.js';
import { Dropped, Refusal } from '../../state/refusal.js';
import { optionProblem } from '../../validation/options.js';
import { entriesProblem, type Entry } from './zone-entries.js';
import type { Zone } from './zones.js';

interface ZoneRecord {
  name: string;
  entries: Entry[] | null;
  config: StringMap;
}

const zoneOf = ({ project, param }: Place<ZoneRecord>) =>
  project.shelves.at<Zone>(['network-zones']).get(param('zone'));

/** What the database says of a name that is there: LXD's has it once in all zones, Incus's once in each. */
const quirks = {
  lxd: {
    unique: 'networks_zones_records.name',
    isTaken: (name: string, { state }: Place<ZoneRecord>) =>
      [...state.projects.values()].some(({ shelves }) =>
        shelves.below(['network-zones']).some((path) => path.length === 3 && shelves.at(path).has(name)),
      ),
  },
  incus: {
    unique: 'networks_zones_records.network_zone_id, networks_zones_records.name',
    isTaken: (name: string, { shelf }: Place<ZoneRecord>) => shelf.has(name),
  },
};

function problem({ config, entries }: ZoneRecord): string | undefined {
  return (
    optionProblem(config, {}, (key) => `Invalid config option "${key}"`) ?? entriesProblem(entries ?? [])
  );
}

const exists = ({ product }: Place<ZoneRecord>) =>
  [500, `UNIQUE constraint failed: ${quirks[product.name].unique}`] as const;

/** Records of DNS zones. */
export const networkZoneRecords = kind<ZoneRecord>({
  path: '/1.0/network-zones/{zone}/records/{name}',
  title: 'network zone record',
  feature: zoneFeature,
  listsPlainly: true,
  bodies: { create: 'NetworkZoneRecordsPost', write: 'NetworkZoneRecordPut' },
  fields: {
    description: { type: 'string', patch: 'blanks' },
    entries: {
      type: {
        list: { type: 'NetworkZoneRecordEntry', fields: { type: 'string', ttl: 'uint64', value: 'string' } },
      },
      patch: 'blanks',
    },
    config: { type: 'map', patch: 'merges' },
    name: 'name',
  },
  etag: ['name', 'description', 'entries', 'config'],
  order: 'name',
  event: 'network-zone-record',
  texts: {
    missing: [404, 'Network zone record not found'],
    exists: (_, place) => exists(place),
  },
  named: () => undefined, // even none is one
  admit(place) {
    if (!zoneOf(place)) throw new Refusal(404, 'Network zone not found');
  },
  precheck(next, place) {
    const wrong = problem(next);
    if (wrong !== undefined) return [500, wrong];
    return quirks[place.product.name].isTaken(next.name, place) ? exists(place) : undefined;
  },
  check: problem,
  settle(next, place, _, { entries, config }, isPatch) {
    // What nobody says is nothing, and what somebody says may be empty.
    next.entries =
      entries?.map(({ type = '', ttl = 0, value = '' }) => ({ type, ...(ttl && { ttl }), value })) ?? null;
    if (!isPatch) return;
    const ofZone = zoneOf(place)?.config ?? {};
    if (!config && Object.keys(ofZone).length > 0) throw new Dropped();
    next.config = dict(ofZone, config); // the zone's, in the place of its own
  },
});
