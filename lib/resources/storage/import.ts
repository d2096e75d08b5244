import { InvalidInputError, UnsupportedError, type OptionNames } from '../../errors/index.js';
import { seeThrough, startNames, type Ended, type OperationData } from '../../operations/index.js';
import { assertNewName, describe } from '../../orm/index.js';
import type { ServerFacts } from '../../rest/connection.js';
import type { ApiExtension, StorageVolumeConfig } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { assertHeaders, complete, importHeaders } from '../backups/import.js';
import { createdKey } from '../kind/created.js';
import type { CreateOptions } from '../kind/manager.js';
import { productName, serverFacts } from '../kind/server-facts.js';
import { toWire } from '../kind/wire.js';
import { upload, type BackupFile } from '../transfer/upload.js';
import { StorageVolume } from './volume.js';

/** What a volume is imported from: a backup of one, an ISO image, or a tar archive of files. */
export type VolumeFormat = 'backup' | 'iso' | 'tarball';

/** How a volume is imported. */
export interface VolumeImportOptions<W extends boolean = boolean> extends CreateOptions<W> {
  /** Without it, a backup becomes a volume of the name that it had; the other formats have none. */
  name?: string | undefined;
  /** `backup` without it, and `iso` for a path that ends with `.iso`. */
  format?: VolumeFormat | undefined;
  /** In place of that in a backup; saved after the import. */
  description?: string | undefined;
  /** Keys in place of those in a backup; saved after the import. Not for an ISO image: no server changes its config. */
  config?: StorageVolumeConfig | undefined;
}

const importNames: OptionNames<VolumeImportOptions> = {
  ...startNames,
  target: true,
  name: true,
  format: true,
  description: true,
  config: true,
};

/** What the servers call a format, and who takes it: another would take the file for a backup. */
const formats: Readonly<Record<VolumeFormat, { type?: string; extension: ApiExtension; what: string }>> = {
  backup: { extension: 'custom_volume_backup', what: 'backups of volumes' },
  iso: { type: 'iso', extension: 'custom_volume_iso', what: 'ISO images' },
  tarball: { type: 'tar', extension: 'import_custom_volume_tar', what: 'tar archives of files' },
};

/** For `assertOptions()`. */
export { importNames as volumeImportNames };

/** Where an imported volume goes, and how its model is read. */
export interface ImportPlace<V extends StorageVolume> {
  session: Session;
  /** Of the list that it is sent to. */
  path: string;
  get: (key: string) => Promise<V>;
}

/** Makes a volume of a file (POST …/volumes/custom). */
export async function importVolume<V extends StorageVolume, W extends boolean>(
  { session, path, get }: ImportPlace<V>,
  file: BackupFile,
  { name, format, description, config, target: _, ...options }: VolumeImportOptions<W>,
): Promise<Ended<V, W>> {
  const isImage = typeof file === 'string' && /\.iso$/i.test(file);
  const { type, extension, what } = formatOf(format ?? (isImage ? 'iso' : 'backup'));
  if (name !== undefined) assertNewName(name, 'storage volume');
  else if (type !== undefined)
    throw new InvalidInputError(`import() of ${what} needs the name of the volume`);
  assertHeaders({ name });
  const given = Object.fromEntries(
    Object.entries({ description, config }).filter(([, value]) => value !== undefined),
  );
  toWire(StorageVolume, given, 'storage volume');
  const isCompleted = Object.keys(given).length > 0;
  if (config !== undefined && type === 'iso')
    throw new InvalidInputError('import(): no server changes the config of an ISO volume');
  const finish = async (data: OperationData) => {
    const made = await get(name ?? createdKey(data, 'storage_volumes') ?? '');
    return isCompleted ? complete(made, given, options) : made;
  };
  const asked = async () => {
    const facts = await serverFacts(session, { signal: options.signal });
    assertTakes(facts, extension, what);
    return { path, headers: importHeaders(facts, { name, type }) };
  };
  const made = await upload<V, W>(session, file, asked, options, finish);
  return isCompleted ? seeThrough(made) : made;
}

function formatOf(format: unknown): (typeof formats)[VolumeFormat] {
  if (typeof format === 'string' && Object.hasOwn(formats, format)) return formats[format as VolumeFormat];
  throw new InvalidInputError(
    `import(): format must be one of ${Object.keys(formats).join(', ')}, not ${describe(format)}`,
  );
}

function assertTakes({ product, extensions }: ServerFacts, extension: ApiExtension, what: string): void {
  if (extensions.has(extension)) return;
  throw new UnsupportedError(
    `This ${productName(product)} imports no ${what}; it lacks the API extension ${extension}`,
    extension,
  );
}
