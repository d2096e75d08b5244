import { randomBytes } from 'node:crypto';
import { assertOptions, NotFoundError, ProtocolError, type OptionNames } from '../../../errors/index.js';
import { operationNames, type Operation, type OperationOptions } from '../../../operations/index.js';
import type { Session } from '../../../rest/session.js';
import { FileInTheMaking, type DownloadSource } from '../../transfer/download.js';
import { Limit } from '../../transfer/limit.js';
import { serverFacts } from '../../kind/server-facts.js';
import type { Backup } from './backup.js';
import { backupBody, type BackupForm } from './input.js';
import type { BackupManager } from './manager.js';

/** How an instance is exported. `timeout` is for all of it, in ms; none by default. */
export interface ExportOptions extends BackupForm, OperationOptions {}

const exportNames: OptionNames<ExportOptions> = {
  ...operationNames,
  instanceOnly: true,
  optimizedStorage: true,
  compressionAlgorithm: true,
};

/** What is exported. */
interface Exported {
  session: Session;
  path: string;
  title: string;
  backups: BackupManager;
}

/** How long a backup that we could not delete stays, in ms. */
const lifetime = 24 * 60 * 60 * 1000;

/** Extension of servers that send a backup while they make it, without storing it first. */
const direct = 'direct_backup';

/**
 * Exports an instance to a file: has the server make a backup, downloads it, and deletes the backup in every case.
 * Resolves with the file's path.
 */
export async function exportInstance(
  { session, path, title, backups }: Exported,
  file: string,
  given: ExportOptions,
): Promise<string> {
  assertOptions(given, exportNames, 'exportTo()');
  const { timeout, ...options } = given;
  backupBody(options); // what is wrong with it is said before anything else
  const target = await FileInTheMaking.begin(file);
  const limit = new Limit(`The export of ${title} to ${file}`, options.signal, timeout);
  try {
    const within = { ...options, signal: limit.signal };
    const { extensions } = await serverFacts(session, { signal: limit.signal });
    if (extensions.has(direct)) await target.write(await openDirect(session, path, within), within);
    else await exportBackup(session, backups, target, within);
    await target.commit();
    return target.path;
  } catch (error) {
    throw limit.errorOf(error);
  } finally {
    limit.clear();
    await target.discard();
  }
}

/** Has the server send a backup while it makes it; when that fails it cuts the connection. */
async function openDirect(
  session: Session,
  path: string,
  { signal, ...form }: ExportOptions,
): Promise<DownloadSource> {
  const request = {
    method: 'POST',
    path: `${path}/backups`,
    body: backupBody(form),
    headers: { accept: 'application/octet-stream' },
    signal,
    timeout: 0, // a backup takes what it takes
  };
  const { body, headers } = await session.stream(request);
  if (headers['content-type'] === 'application/octet-stream') return { body };
  body.destroy();
  throw new ProtocolError(`POST ${request.path}: the server did not send the backup that it offers to send`);
}

/** Has the server store a backup, downloads it, and deletes it in every case. */
async function exportBackup(
  session: Session,
  backups: BackupManager,
  target: FileInTheMaking,
  { signal, onProgress, instanceOnly, optimizedStorage, compressionAlgorithm }: ExportOptions,
): Promise<void> {
  const form = { instanceOnly, optimizedStorage, compressionAlgorithm };
  const name = `tslxd-${randomBytes(6).toString('hex')}`;
  const expiresAt = new Date(Date.now() + lifetime);
  let operation: Operation<Backup> | undefined;
  try {
    // Not aborted: it is answered at once, and then we know what there is to delete.
    operation = await backups.create({ name, expiresAt, ...form }, { wait: false });
    const backup = await operation.wait({ signal, onProgress });
    await target.write(await backup.open({ signal }), { signal, onProgress });
  } finally {
    await remove(session, backups.ref(name), operation);
  }
}

/** Deletes a backup as soon as it can be: its making cannot be cancelled, nor can what is being made be deleted. */
async function remove(
  session: Session,
  backup: Backup,
  operation: Operation<Backup> | undefined,
): Promise<void> {
  try {
    await operation?.wait().catch(() => undefined);
    await backup.delete();
  } catch (error) {
    if (error instanceof NotFoundError) return;
    const { log } = session.connection;
    log.warn?.(`${backup.toString()} is left on the server, until it expires: ${(error as Error).message}`);
  }
}
