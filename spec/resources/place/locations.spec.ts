import {
  Image,
  Instance,
  Network,
  NetworkForward,
  NetworkLease,
  NetworkLoadBalancer,
  Operation,
  StorageBucket,
  StoragePool,
  StorageVolume,
  Warning,
} from 'tslxd';
import { eventFrom } from '../../../lib/events/event.js';
import { fieldsOf, toValue } from '../../../lib/orm/index.js';
import { products, readFacts } from '../../../lib/rest/facts/read.js';

const has = (Class: { prototype: object }) => (name: string) =>
  fieldsOf(Class.prototype).some(({ wire }) => wire === name);

/** Whether what a schema becomes has the field; null for one that no model is made of, and why. */
const models: Record<string, ((name: string) => boolean) | string> = {
  Event: (name) => name in eventFrom('{"type":"lifecycle","metadata":{"action":"a","source":"/b"}}')!,
  Image: has(Image),
  Instance: has(Instance),
  InstanceFull: has(Instance),
  Network: has(Network),
  NetworkForward: has(NetworkForward),
  NetworkLease: (name) => name in toValue(NetworkLease, { [name]: 'n1' }),
  NetworkLoadBalancer: has(NetworkLoadBalancer),
  Operation: (name) => name in Operation.prototype,
  OperationFull: (name) => name in Operation.prototype,
  StorageBucket: has(StorageBucket),
  StorageBucketFull: has(StorageBucket),
  StoragePool: has(StoragePool),
  StorageVolume: has(StorageVolume),
  StorageVolumeFull: has(StorageVolume),
  Warning: has(Warning),
  StorageVolumeSource: 'says where a copy comes from: volume.copy() and move() fill it in',
  DevLXDGet: 'is told to guests',
  DevLXDGetUntrusted: 'is told to guests',
  DevLXDStorageVolume: 'is told to guests',
  DevLXDStorageVolumeSource: 'is told to guests',
  DevIncusGet: 'is told to guests',
};

const { schemas } = readFacts();
const told = products.flatMap((product) =>
  Object.entries(schemas[product]).flatMap(([schema, { fields }]) =>
    ['location', 'locations']
      .filter((name) => name in fields)
      .map((name) => [schema, name, product] as const),
  ),
);

it('the facts name what is on cluster members', () => {
  expect(told.length).toBeGreaterThan(30);
  const names = new Set(told.map(([schema]) => schema));
  expect(Object.keys(models).filter((schema) => !names.has(schema))).toEqual([]);
});

it.each(told)('what %s becomes has its %s (%s)', (schema, name) => {
  const model = models[schema];
  expect(typeof model === 'string' || model?.(name)).toBe(true);
});
