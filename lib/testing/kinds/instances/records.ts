import type { FileSystem } from '../../files/file-system.js';
import type { DeviceMap, Dict, StringMap } from '../../state/maps.js';
import type { InstanceConsole } from './state/console.js';

/** The two kinds of instance. */
export type InstanceType = 'container' | 'virtual-machine';

/** The states that the fake's instances know, with the codes that travel with them. */
export const statusCodes = { Running: 103, Stopped: 102, Frozen: 110 } as const;

/** One of these states. */
export type InstanceStatus = keyof typeof statusCodes;

/** What an instance and its snapshots have in common. */
export interface Configured {
  architecture: string;
  config: StringMap;
  devices: DeviceMap;
  ephemeral: boolean;
  profiles: string[];
  description: string;
  createdAt: string;
  stateful: boolean;
  /** Those of the instance, once somebody has looked at them. */
  files?: FileSystem | undefined;
  imageData?: ImageData | undefined;
}

/** A snapshot as it is kept. */
export interface SnapshotRecord extends Configured {
  name: string;
  expiresAt: string;
}

/** A backup as it is kept. */
export interface BackupRecord {
  name: string;
  createdAt: string;
  expiresAt: string;
  instanceOnly: boolean;
  optimizedStorage: boolean;
  data: Buffer;
}

/** A log file as it is kept. */
export interface LogFile {
  data: Buffer;
  /** Milliseconds since 1970. */
  modified: number;
}

/** What an instance has of its image. */
export interface ImageData {
  /** Undefined until there is one, as in an instance of no image. */
  metadata?: ImageMetadata | undefined;
  templates: ReadonlyMap<string, LogFile>;
  /** Unpacks its root file system; `undefined` without one that can be read. */
  unpack?: (() => FileSystem | undefined) | undefined;
}

/** The `metadata.yaml` of an image. */
export interface ImageMetadata {
  architecture: string;
  /** Seconds since 1970, as the next. */
  creation_date: number;
  expiry_date: number;
  properties: StringMap | null;
  templates: Readonly<Record<string, object>> | null;
}

/** A UEFI variable as LXD has it. */
export interface UefiVarRecord {
  data: string;
  attr: number;
  timestamp: string;
  digest: string;
}

/** A UEFI variable as Incus has it. */
export interface NvramRecord {
  /** In base64. */
  binary: string;
  data?: unknown;
  attributes: string[];
  timestamp?: string;
}

/** An instance as it is kept. */
export interface InstanceRecord extends Configured {
  name: string;
  type: InstanceType;
  status: InstanceStatus;
  lastUsedAt: string;
  startedAt: string;
  pid: number;
  /** The log files beside those that every instance has, e.g. `exec-output/exec_<id>.stdout`. */
  logs?: Map<string, LogFile>;
  /** It is on its way from another server. */
  arriving?: boolean | undefined;
  /** Once it has been started. */
  console?: InstanceConsole | undefined;
  snapshots: Map<string, SnapshotRecord>;
  backups?: Map<string, BackupRecord> | undefined;
  /** Of a virtual machine: by name and GUID on LXD, by GUID and then name on Incus. */
  uefiVars?: Dict<UefiVarRecord>;
  nvram?: Dict<Dict<NvramRecord>>;
}
