import { incusExtensions } from '../data/incus-extensions.js';
import { Refusal } from '../state/refusal.js';
import { sourceUrl } from '../state/source-url.js';
import { never } from '../state/time.js';
import { unpacked } from './lxd.js';
import { incusMigration } from './migration-texts.js';
import type { Product } from './product.js';

const stateless = 'Instance must be stopped to be moved statelessly';
const unique = 'UNIQUE constraint failed';

/** Incus 6.0.4, as Debian 12's backports ship it. */
export const incus: Product = {
  name: 'incus',
  title: 'Incus',
  version: '6.0.4',
  extensions: incusExtensions,
  headerPrefix: 'x-incus-',
  macPrefix: '10:66:6a',
  exportHeaders: { 'x-incus-type': 'incus' },
  serverFields: { auth_user_name: 'root', auth_user_method: 'unix' },
  createdContext: { location: 'none' },
  resourceFields: { load: { Average1Min: 0, Average5Min: 0, Average10Min: 0, Processes: 100 } },
  kernelFeatures: { unpriv_binfmt: 'true' },
  hasTypedPaths: false,
  badTypeStatus: 400,
  guestsSeeConfig: true,
  namesProject: true,
  hasRichState: true,
  allowsLeadingDigit: true,
  copiesToMove: true,
  movingName: (uuid) => `move-of-${String(BigInt(`0x${uuid.replaceAll('-', '').slice(0, 15) || '0'}`))}`,
  livesByDefault: false,
  copiesProfiles: true,
  resolvesAliasFirst: false,
  patchesAliases: true,
  imageNeverExpires: never,
  badFilterStatus: 400,
  typedFilter: true,
  waitsInBody: true,
  tellsSizeOfFiles: true,
  modeOfFolders: 0o755,
  recordsAlone: true,
  recordFolder: 'exec-output/',
  logNames: /^(?:lxc\.log|qemu\.log|migration_.*|snapshot_.*)$/,
  keptLogs: /^(?:lxc|qemu)\.log$/,
  showsRuntimeConfig: false,
  missingLog: {
    status: { open: 404, remove: 404 },
    path: (instance, file) =>
      `/var/${file.startsWith('exec-output') ? 'lib/incus/containers' : 'log/incus'}/${instance}/${file}`,
  },
  console: {
    checksTypeFirst: true,
    mayCancel: true,
    lastShown: '',
    farewell: '',
    failure: null,
    failsWithoutLog: false,
  },
  wrongSecret: { status: 403, error: 'Forbidden' },
  needsMigrationStateful: {
    start: 'Stateful start requires that the instance migration.stateful be set to true',
    stop: 'Stateful stop requires the instance to have migration.stateful be set to true',
    snapshot: 'Stateful snapshots require that the instance has migration.stateful be set to true',
  },
  noResources: {},
  migration: incusMigration,
  missing: {
    instance: (name, project) =>
      `Failed to fetch instance "${name}" in project "${project}": Instance not found`,
    instanceToRename: () => "Failed to get address of instance's member: Instance not found",
    instanceProject: 'Project not found',
    snapshot: (name, instance, project) =>
      `Failed to fetch snapshot "${name}" of instance "${instance}" in project "${project}": Instance_snapshot not found`,
    snapshotInstance: (name, instance, project) =>
      `Failed to fetch instance "${instance}/${name}" in project "${project}": Instance not found`,
    instanceLogs: (name) => `open /var/log/incus/${name}: no such file or directory`,
    image: (fingerprint) => `Image "${fingerprint}" not found`,
    backup: 'Instance backup not found',
    profileToRename: (name) => `Profile "${name}" doesn't exist`,
    instanceExists: `Failed to create "instances" entry: ${unique}: instances.project_id, instances.name`,
    snapshotExists: () =>
      `Failed to create "instances_snapshots" entry: ${unique}: ` +
      'instances_snapshots.instance_id, instances_snapshots.name',
    profileExists: (name) => `Profile "${name}" already exists`,
  },
  refusal: {
    initializing: 'initializing',
    deviceTypeOnCreate: (type) => `Invalid device type "${type}"`,
    rawObject: 'jmap.Map',
    refreshRunning: 'Failed getting exclusive access to target instance: Instance is running',
    unclustered: [400, 'Target only allowed when clustered'],
    move: {
      runningAtOnce({ live, pool }, type) {
        if (!live) return stateless;
        if (!pool) return 'Instance must be stopped to be moved across projects';
        return type === 'container'
          ? 'Storage pool change supported only by virtual-machines'
          : 'Storage pool can be specified only together with target flag';
      },
      running: () => stateless,
      live: stateless,
      noProject:
        'Failed requesting instance create on destination: Failed loading project: Project not found',
      refused: (problem) => `Instance move to destination failed: ${problem}`,
    },
    renameRunning: () => 'Renaming of running instance not allowed',
    protected: () => 'Instance is protected',
    freezeStopped: "The instance isn't running",
    noState: 'Instance has no existing state to restore',
    statefulRestore: 'Stateful snapshot restore requested but snapshot is stateless',
    compression: (algorithm) => `Compression algorithm "${algorithm}" isn't currently supported`,
    emptySnapshotName: 'A new name for the instance must be provided',
    logName: (name) => `Log file name "${name}" not valid`,
    ownLog: 'Only log files excluding qemu.log and lxc.log may be deleted',
    time: (_, content) =>
      `parsing time ${JSON.stringify(content)} as "2006-01-02T15:04:05Z07:00": ` +
      `cannot parse ${JSON.stringify(content)} as "2006"`,
    noDevices: 'Invalid root disk device: No root device could be found',
  },
  images: {
    protocols: ['incus', 'lxd', 'simplestreams'],
    unnoted: ['lxd'],
    announcesDownloads: false,
    announcesAliases: true,
    setsProfiles: true,
    repeatsAliases: true,
    guestsHaveOneProject: true,
    url: (project, fingerprint) => sourceUrl(project, ['images', fingerprint]),
    hidden: (asked) => `Image "${asked}" not found`,
    notConnected: (url) => `Failed to connect to the server "${url}": `,
    unknownAuthority: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    missingFile: 'resource not found',
    // The code of the failure is that of the answer which told of it.
    importFailed: (problem) => new Refusal(200, problem),
  },
  url: (project, path) => sourceUrl(project, path),
  resourceUrl: (project, path) => sourceUrl(project, path),
  instanceResources: (project, names) => ({
    instances: names.map((name) => sourceUrl(project, ['instances', name])),
  }),
  backupUrl: (project, instance, name) => sourceUrl(project, ['instances', instance, 'backups', name]),
  removedBackupResources: (project, instance) => ({
    instances: [sourceUrl(project, ['instances', instance])],
  }),
  execResources: (project, { name, type }) => {
    const instances = [sourceUrl(project, ['instances', name])];
    return { ...(type === 'container' && { containers: instances }), instances };
  },
  snapshotResources: (project, { name }, snapshot) => ({
    instances: [sourceUrl(project, ['instances', name])],
    instances_snapshots: [sourceUrl(project, ['instances', name, 'snapshots', snapshot])],
  }),
  progress: (stage) => (stage === 'start' ? null : unpacked('Unpacking image')),
  volatileOnStart: () => ({}),
  volatileOnStop: { 'volatile.last_state.ready': 'false' },
  volatileOnCreate: (uuid) => ({ 'volatile.uuid.generation': uuid }),
  publishedProperties: (own, asked) => ({ ...own, ...asked }),
};
