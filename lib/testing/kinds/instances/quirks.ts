import type { ProductName } from '../../products/product.js';

/** Where the products differ about instances, in more than one file. */
interface InstanceQuirks {
  /** What they say of an instance or a snapshot that is not there. */
  readonly missing: Readonly<{
    instance: (name: string, project: string) => string;
    snapshot: (name: string, instance: string, project: string) => string;
  }>;
  /** Is an instance moved as a copy, so that templates apply, or with the root disk of its profile as its own? */
  readonly copiesToMove: boolean;
  /** Does a move mean a live one where it does not say? */
  readonly livesByDefault: boolean;
  /** What they say of anything stateful while `migration.stateful` is not set; `null` where they do not care. */
  readonly needsMigrationStateful: Readonly<Record<'start' | 'stop' | 'snapshot', string>> | null;
  /** Where recorded output lies among the logs: nothing, or a folder with a slash. */
  readonly recordFolder: string;
  /** Where a log file lies on the server. */
  readonly logPath: (instance: string, file: string) => string;
}

export const quirks: Readonly<Record<ProductName, InstanceQuirks>> = {
  lxd: {
    missing: {
      instance: () => 'Instance not found',
      snapshot: (name, instance, project) =>
        `Failed to fetch snapshot "${name}" of instance "${instance}" in project "${project}": InstanceSnapshot not found`,
    },
    copiesToMove: false,
    livesByDefault: true,
    needsMigrationStateful: null,
    recordFolder: '',
    logPath: (instance, file) => `/var/log/lxd/${instance}/${file}`,
  },
  incus: {
    missing: {
      instance: (name, project) =>
        `Failed to fetch instance "${name}" in project "${project}": Instance not found`,
      snapshot: (name, instance, project) =>
        `Failed to fetch snapshot "${name}" of instance "${instance}" in project "${project}": Instance_snapshot not found`,
    },
    copiesToMove: true,
    livesByDefault: false,
    needsMigrationStateful: {
      start: 'Stateful start requires that the instance migration.stateful be set to true',
      stop: 'Stateful stop requires the instance to have migration.stateful be set to true',
      snapshot: 'Stateful snapshots require that the instance has migration.stateful be set to true',
    },
    recordFolder: 'exec-output/',
    logPath: (instance, file) =>
      `/var/${file.startsWith('exec-output') ? 'lib/incus/containers' : 'log/incus'}/${instance}/${file}`,
  },
};
