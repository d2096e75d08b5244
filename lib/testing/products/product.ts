import type { MigrationTexts } from './migration-texts.js';
import type { InstanceRecord } from '../state/records.js';
import type { ImageTraits } from './image-traits.js';

/** The two products that the fake can be. */
export type ProductName = 'lxd' | 'incus';

/** What the servers call things that are not there, or are there already. */
export interface MissingTexts {
  readonly instance: (name: string, project: string) => string;
  /** The same, where it is to be renamed. */
  readonly instanceToRename: (name: string, project: string) => string;
  /** The same, where it has no project. */
  readonly instanceProject: string;
  readonly snapshot: (name: string, instance: string, project: string) => string;
  /** A snapshot of an instance that is not there. */
  readonly snapshotInstance: (name: string, instance: string, project: string) => string;
  /** The same, where its logs are to be listed. */
  readonly instanceLogs: (name: string) => string;
  readonly image: (fingerprint: string) => string;
  readonly backup: string;
  readonly profileToRename: (name: string) => string;
  readonly instanceExists: string;
  readonly snapshotExists: (name: string) => string;
  readonly profileExists: (name: string) => string;
}

/** What the servers say of a state or a value that does not fit. */
export interface RefusalTexts {
  /** How they spell "initializing". */
  readonly initializing: string;
  readonly deviceTypeOnCreate: (type: string) => string;
  /** The name of the Go type that a PATCH body is first read into. */
  readonly rawObject: string;
  readonly renameRunning: (type: InstanceRecord['type']) => string;
  readonly protected: (type: InstanceRecord['type']) => string;
  readonly freezeStopped: string;
  /** A stateful start of what was not stopped so. */
  readonly noState: string;
  readonly statefulRestore: string;
  readonly emptySnapshotName: string;
  readonly compression: (algorithm: string) => string;
  /** Of a log file of this name. */
  readonly logName: (name: string) => string;
  /** Of a copy to refresh. */
  readonly refreshRunning: string;
  /** Of a member of a cluster, where there is none to move to. */
  readonly unclustered: readonly [status: number, error: string];
  /** Of a move to another pool or project. */
  readonly move: Readonly<{
    /** Of what runs, at once or by the operation, and live. */
    runningAtOnce?: (
      asked: Readonly<{ live?: boolean; pool?: string }>,
      type: InstanceRecord['type'],
    ) => string;
    running: (to: 'pools' | 'projects') => string;
    live: string;
    noProject: string;
    /** Of what the making of the copy refuses. */
    refused: (problem: string) => string;
  }>;
  /** Who is to delete the log of the runtime. */
  readonly ownLog: string;
  /** A time that is none, as the JSON string and its content. */
  readonly time: (quoted: string, content: string) => string;
  /** The same object without any device, in an update. */
  readonly noDevices: string | null;
}

/** Where LXD 5.0.2 and Incus 6.0.4 differ, as seen on the real ones; the handlers ask, and know neither. */
export interface Product {
  readonly name: ProductName;
  readonly title: string;
  readonly version: string;
  readonly extensions: readonly string[];
  /** Of its own headers, e.g. `x-lxd-`. */
  readonly headerPrefix: string;
  readonly macPrefix: string;
  readonly missing: MissingTexts;
  readonly migration: MigrationTexts;
  readonly refusal: RefusalTexts;
  readonly images: ImageTraits;
  /** What it sends with the bytes of an image, beside what both send. */
  readonly exportHeaders: Readonly<Record<string, string>>;
  /** What `/1.0` has beside what both have. */
  readonly serverFields: Readonly<Record<string, unknown>>;
  /** What the event of a new instance says beside what both say. */
  readonly createdContext: Readonly<Record<string, string>>;
  /** The same of `/1.0/resources`. */
  readonly resourceFields: Readonly<Record<string, unknown>>;
  readonly kernelFeatures: Readonly<Record<string, string>>;
  /** Does it serve `/1.0/containers` and `/1.0/virtual-machines` too? */
  readonly hasTypedPaths: boolean;
  /** What it answers to an `instance-type=` that is none. Both honour it; newer Incus does not. */
  readonly badTypeStatus: number;
  /** Is there a `config`, an empty one, in what it says of itself to those whom it does not trust? */
  readonly guestsSeeConfig: boolean;
  /** Do its profiles and images name their project? */
  readonly namesProject: boolean;
  /** Does the state of an instance say since when it runs, and what it may use? */
  readonly hasRichState: boolean;
  /** May an instance's name begin with a digit? */
  readonly allowsLeadingDigit: boolean;
  /** Is an instance moved as a copy, so that templates apply, or with the root disk of its profile as its own? */
  readonly copiesToMove: boolean;
  /** What it calls the copy of an instance that keeps its name, until the old one has gone. */
  movingName(uuid: string): string;
  /** Does a move mean a live one where it does not say? */
  readonly livesByDefault: boolean;
  /** Does a copy without `profiles` get those of its source? */
  readonly copiesProfiles: boolean;
  /** Is an alias named to create an instance looked up before the answer, or by the operation? */
  readonly resolvesAliasFirst: boolean;
  /** Does PATCH work on aliases? LXD 5.0.2 locks itself up until its database gives in. */
  readonly patchesAliases: boolean;
  /** How an image without an expiry prints it. */
  readonly imageNeverExpires: string;
  /** The status of a filter that cannot be parsed, for instances. */
  readonly badFilterStatus: number;
  /** Is the filter typed (Incus), or a comparison of texts (LXD 5.0)? */
  readonly typedFilter: boolean;
  /** Does `/wait` send its headers at once, and an error envelope for what is no success? */
  readonly waitsInBody: boolean;
  /** Does a HEAD of a file tell its size? */
  readonly tellsSizeOfFiles: boolean;
  /** Of directories that are made without a mode. */
  readonly modeOfFolders: number;
  /** Does it refuse to record the output of what is run over websockets or in a terminal? LXD overlooks it. */
  readonly recordsAlone: boolean;
  /** Where recorded output lies among the logs: nothing, or a folder with a slash. */
  readonly recordFolder: string;
  /** The names that log files can have. */
  readonly logNames: RegExp;
  /** Those of them that nobody may delete. */
  readonly keptLogs: RegExp;
  /** Is the configuration of the runtime one of the logs? */
  readonly showsRuntimeConfig: boolean;
  /** What it says of a log file that is not there, and where it looks for it. */
  readonly missingLog: Readonly<{
    status: Readonly<Record<'open' | 'remove', number>>;
    path: (instance: string, file: string) => string;
  }>;
  /** How its consoles are. */
  readonly console: Readonly<{
    /** Does it look at the type of console before it looks for the instance? */
    checksTypeFirst: boolean;
    mayCancel: boolean;
    /** What it writes when there is nothing more to show, and when it drops who still looks. */
    lastShown: string;
    farewell: string;
    /** How the operation fails if the control socket is not the first to go; `null` where that is an end like another. */
    failure: string | null;
    /** Is a log without anything in it an error? */
    failsWithoutLog: boolean;
  }>;
  /** What it says to a websocket with a secret that is none. */
  readonly wrongSecret: Readonly<{ status: number; error: string }>;
  /** What it says of anything stateful while `migration.stateful` is not set; `null` where it does not care. */
  readonly needsMigrationStateful: Readonly<Record<'start' | 'stop' | 'snapshot', string>> | null;
  /** The `resources` of an operation without any. */
  readonly noResources: Record<string, string[]> | null;
  /** The URL of a thing in lists and `Location`. */
  url(project: string, path: readonly string[]): string;
  /** The `resources` of an operation on instances. */
  instanceResources(project: string, paths: readonly string[], type: string): Record<string, string[]>;
  /** The same in the `resources` of operations, where LXD leaves the project out. */
  resourceUrl(project: string, path: readonly string[]): string;
  /** How an operation names a backup that it makes. */
  backupUrl(project: string, instance: string, name: string): string;
  /** The `resources` of an operation that deletes one. */
  removedBackupResources(project: string, instance: string): Record<string, string[]>;
  /** The same of a command that runs in one. */
  execResources(project: string, instance: InstanceRecord): Record<string, string[]>;
  /** The `resources` of an operation on a snapshot; LXD's differ with what is done. */
  snapshotResources(
    project: string,
    instance: InstanceRecord,
    snapshot: string,
    action: 'create' | 'update' | 'rename' | 'delete',
  ): Record<string, string[]>;
  /** The metadata of the operation that made an instance of an image, or started one. */
  progress(stage: 'unpack' | 'start'): Record<string, unknown> | null;
  /** The volatile keys that come with a start, beside those of both. */
  volatileOnStart(idmap: string): Readonly<Record<string, string>>;
  volatileOnStop: Readonly<Record<string, string>>;
  volatileOnCreate(uuid: string): Readonly<Record<string, string>>;
  /** The properties of an image published from an instance with these. */
  publishedProperties(
    own: Readonly<Record<string, string>>,
    asked: Readonly<Record<string, string>> | undefined,
  ): Readonly<Record<string, string>>;
}
