import { lxdExtensions } from '../data/lxd-extensions.js';
import { Refusal } from '../state/refusal.js';
import { escapeSegment, sourceUrl } from '../state/source-url.js';
import { epoch } from '../state/time.js';
import { lxdMigration } from './migration-texts.js';
import type { Product } from './product.js';

// LXD's API types escape a name and its URL type escapes it again: `%2520` for a space.
const escapeTwice = (segment: string): string => escapeSegment(escapeSegment(segment));

// Of a project nothing is said, and nothing is escaped.
function resourceUrl(_project: string, path: readonly string[]): string {
  return sourceUrl('default', path, (segment) => segment);
}

function instanceResources(
  project: string,
  names: readonly string[],
  type: string,
): Record<string, string[]> {
  const urls = (kind: string): string[] => names.map((name) => resourceUrl(project, [kind, name]));
  const instances = urls('instances');
  return type === 'container' ? { containers: urls('containers'), instances } : { instances };
}

/** LXD 5.0.2, as Debian 12 ships it. */
export const lxd: Product = {
  name: 'lxd',
  title: 'LXD',
  version: '5.0.2',
  extensions: lxdExtensions,
  headerPrefix: 'x-lxd-',
  macPrefix: '00:16:3e',
  exportHeaders: {},
  serverFields: {},
  createdContext: {},
  resourceFields: {},
  kernelFeatures: { shiftfs: 'false' },
  hasTypedPaths: true,
  badTypeStatus: 500,
  guestsSeeConfig: false,
  namesProject: false,
  hasRichState: false,
  allowsLeadingDigit: false,
  copiesToMove: false,
  movingName: (uuid) => `lxd-move-of-${uuid}`,
  livesByDefault: true,
  copiesProfiles: false,
  resolvesAliasFirst: true,
  patchesAliases: false,
  imageNeverExpires: epoch,
  badFilterStatus: 500,
  typedFilter: false,
  waitsInBody: false,
  tellsSizeOfFiles: false,
  modeOfFolders: 0o750,
  recordsAlone: false,
  recordFolder: '',
  logNames: /^(?:lxc\.log|lxc\.conf|qemu\.log|qemu\.conf|migration_.*|snapshot_.*|exec_.*\.std(?:out|err))$/,
  keptLogs: /^lxc\.(?:log|conf)$/,
  showsRuntimeConfig: true,
  missingLog: {
    status: { open: 500, remove: 404 },
    path: (instance, file) => `/var/log/lxd/${instance}/${file}`,
  },
  console: {
    checksTypeFirst: false,
    mayCancel: false,
    lastShown: '\r',
    farewell: '\n\r',
    failure: 'write /dev/pts/ptmx: file already closed',
    failsWithoutLog: true,
  },
  wrongSecret: { status: 500, error: 'permission denied' },
  needsMigrationStateful: null,
  noResources: null,
  migration: lxdMigration,
  missing: {
    instance: () => 'Instance not found',
    instanceToRename: () => 'Instance not found',
    instanceProject: 'Instance not found',
    snapshot: (name, instance, project) =>
      `Failed to fetch snapshot "${name}" of instance "${instance}" in project "${project}": InstanceSnapshot not found`,
    snapshotInstance: () => 'Instance not found',
    instanceLogs: () => 'Instance not found',
    image: () => 'Image not found',
    backup: 'Load backup from database: Instance backup not found',
    profileToRename: () => 'Query affected 0 rows instead of 1',
    instanceExists: 'This "instances" entry already exists',
    snapshotExists: () => 'This "instances_snapshots" entry already exists',
    profileExists: (name) => `Name "${name}" already in use`,
  },
  refusal: {
    initializing: 'initialising',
    deviceTypeOnCreate: (type) => `Invalid device type ${type}`,
    rawObject: 'shared.Jmap',
    refreshRunning: 'Failed getting exclusive access to instance: Instance is running',
    unclustered: [404, 'Failed to get target node: Cluster member not found'],
    move: {
      running: (to) => `Instance must be stopped to move between ${to} statelessly`,
      live: "Unable to perform container live migration. CRIU isn't installed",
      noProject: 'Failed creating instance record: Project not found',
      refused: (problem) => problem,
    },
    renameRunning: (type) => `Renaming of running ${type} not allowed`,
    protected: (type) => `${type === 'container' ? 'Container' : 'Instance'} is protected`,
    freezeStopped: "The container isn't running",
    noState: 'Container has no existing state to restore',
    statefulRestore: 'Stateful snapshot restore requested by snapshot is stateless',
    compression: (algorithm) => `Invalid compression algorithm "${algorithm}"`,
    emptySnapshotName: 'Response was missing `name`',
    logName: (name) => `log file name ${name} not valid`,
    ownLog: 'lxc.log and lxc.conf may not be deleted',
    time: (quoted) =>
      `parsing time ${JSON.stringify(quoted)} as "\\"2006-01-02T15:04:05Z07:00\\"": ` +
      `cannot parse ${JSON.stringify(quoted.slice(1))} as "2006"`,
    noDevices: null,
  },
  images: {
    protocols: ['lxd', 'simplestreams'],
    unnoted: [],
    announcesDownloads: true,
    announcesAliases: false,
    setsProfiles: false,
    repeatsAliases: false,
    guestsHaveOneProject: false,
    url: (_, fingerprint) => sourceUrl('default', ['images', fingerprint]),
    hidden: (_, fingerprint) => `Image "${fingerprint}" not found`,
    notConnected: (url) => `Failed to connect to LXD server "${url}": `,
    unknownAuthority: 'x509: certificate signed by unknown authority',
    missingFile: '404 Not Found',
    importFailed: (problem) => new Refusal(500, `Failed operation "Failure": "${problem}"`),
  },
  url: (project, path) => sourceUrl(project, path, escapeTwice),
  resourceUrl,
  instanceResources,
  backupUrl: (project, _instance, name) => resourceUrl(project, ['backups', name]),
  // Both words are the server's own.
  removedBackupResources: (project, instance) => ({
    container: [resourceUrl(project, ['container', instance])],
  }),
  execResources: (project, { name, type }) => instanceResources(project, [name], type),
  snapshotResources(project, instance, snapshot, action) {
    const name = { update: snapshot, delete: `${instance.name}/${snapshot}`, create: '', rename: '' }[action];
    return instanceResources(project, [name || instance.name], instance.type);
  },
  progress: (stage) => (stage === 'start' ? { container_progress: '' } : unpacked('Unpack')),
  volatileOnStart: (idmap) => ({ 'volatile.last_state.idmap': idmap }),
  volatileOnStop: {},
  volatileOnCreate: () => ({}),
  publishedProperties: (own, asked) => asked ?? own,
};

/** The metadata that a finished unpacking leaves behind; `text` is what the product calls it. */
export function unpacked(text: string): Record<string, unknown> {
  const stage = 'create_instance_from_image_unpack';
  return {
    [`${stage}_progress`]: `${text}: 100% (50.00MB/s)`,
    progress: { percent: '100', speed: '50000000', stage },
  };
}
