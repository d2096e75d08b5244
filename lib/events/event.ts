import { veilOperation } from '../errors/index.js';
import type { EventMetadata, EventType, LifecycleAction } from '../rest/endpoints/index.js';

/** What a lifecycle event tells; newer servers have actions that are not listed. */
export interface LifecycleMetadata extends Omit<EventMetadata['lifecycle'], 'action'> {
  action: LifecycleAction | (string & {});
}

/** What an event's `metadata` is, by its type. */
export interface MetadataByType extends Omit<EventMetadata, 'lifecycle'> {
  lifecycle: LifecycleMetadata;
  /** The event socket was lost and is open again: what happened in between was not seen, so list anew. */
  reconnected: { lostAt: Date };
  /** The consumer was too slow: so many events were left out here, so list anew. */
  missed: { count: number; types: Record<string, number>; since: Date; until: Date };
}

/** What the server sends, and what we tell of the way to it. */
export type EventName = EventType | 'reconnected' | 'missed';

interface EventOf<T extends EventName> {
  type: T;
  timestamp: Date;
  /** Undefined for what belongs to no project. */
  project: string | undefined;
  /** The cluster member; undefined or `none` on a single server. */
  location: string | undefined;
  metadata: MetadataByType[T];
}

/** An event of one of the given types. */
export type ServerEvent<T extends EventName = EventName> = { [K in T]: EventOf<K> }[T];

/** The texts that events of a type are useless without. */
const required: Readonly<Record<string, readonly string[]>> = {
  lifecycle: ['action', 'source'],
  operation: ['id'],
  logging: ['message'],
  'network-acl': ['message'],
  ovn: ['message'],
};

/** Reads a message of the event socket; undefined if it is not an event. */
export function eventFrom(text: string): ServerEvent<EventType> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, timestamp, project, location, metadata } = value as Record<string, unknown>;
  if (typeof type !== 'string' || !isMetadata(type, metadata)) return undefined;
  if (type === 'operation') veilOperation(metadata);
  return {
    type,
    timestamp: timeFrom(timestamp),
    project: typeof project === 'string' && project !== '' ? project : undefined,
    location: typeof location === 'string' ? location : undefined,
    metadata,
  } as ServerEvent<EventType>;
}

function isMetadata(type: string, metadata: unknown): metadata is object {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return false;
  const given = metadata as Record<string, unknown>;
  if ('context' in given && (typeof given.context !== 'object' || Array.isArray(given.context)))
    delete given.context; // of no use, and no reason to miss the event
  const texts = Object.hasOwn(required, type) ? (required[type] ?? []) : [];
  return texts.every((name) => typeof given[name] === 'string');
}

function timeFrom(timestamp: unknown): Date {
  const time = new Date(typeof timestamp === 'string' ? timestamp : NaN);
  return Number.isNaN(time.getTime()) ? new Date() : time;
}
