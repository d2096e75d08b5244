import { randomBytes } from 'node:crypto';
import { assertOptions, NotFoundError, ProtocolError } from '../../errors/index.js';
import { operationNames, type Operation, type OperationOptions } from '../../operations/index.js';
import type { CallOptions } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { serverFacts } from '../kind/server-facts.js';
import { FileInTheMaking, type DownloadSource } from '../transfer/download.js';
import { Limit } from '../transfer/limit.js';
import { formBody, type Form, type NewBackup } from './form.js';
import type { StoredBackup } from './stored.js';

/** How a thing is exported: as its backup is made. */
export type ExportOptionsOf<F> = F & OperationOptions;

/** What of a manager of backups an export needs. */
export interface Making<F> {
  create(input: NewBackup & F, options: { wait: false }): Promise<Operation<StoredBackup>>;
  ref(name: string): StoredBackup;
}

/** What is exported. */
interface Exported<F> {
  session: Session;
  /** Of its backups. */
  path: string;
  title: string;
  form: Form<F>;
  backups: Making<F>;
  /** Rejects where the server has no such backups. */
  assertOffered: (options: CallOptions) => Promise<void>;
}

/** How long a backup that we could not delete stays, in ms. */
const lifetime = 24 * 60 * 60 * 1000;

/** Extension of servers that send a backup while they make it, without storing it first. */
const direct = 'direct_backup';

/**
 * Exports a thing to a file: has the server make a backup, downloads it, and deletes the backup in every case. Resolves
 * with the file's path.
 */
export async function exportToFile<F extends object>(
  { session, path, title, form, backups, assertOffered }: Exported<F>,
  file: string,
  given: ExportOptionsOf<F>,
): Promise<string> {
  assertOptions<object>(given, { ...operationNames, ...form }, 'exportTo()');
  const { timeout, signal, onProgress } = given;
  const how = Object.fromEntries(Object.entries(given).filter(([name]) => name in form)) as F;
  const body = formBody<F>(how, form); // what is wrong with it is said before anything else
  const limit = new Limit(`The export of ${title} to ${file}`, signal, timeout);
  let target: FileInTheMaking | undefined;
  try {
    target = await FileInTheMaking.begin(file);
    const into = target;
    const within = { signal: limit.signal, onProgress };
    await assertOffered({ signal: limit.signal });
    const { extensions } = await serverFacts(session, { signal: limit.signal });
    if (extensions.has(direct)) await into.write(await openDirect(session, path, body, within), within);
    else await withBackup(session, backups, how, within, (opened) => into.write(opened, within));
    await into.commit();
    return into.path;
  } catch (error) {
    throw limit.errorOf(error);
  } finally {
    limit.clear();
    await target?.discard();
  }
}

type Within = Pick<OperationOptions, 'signal' | 'onProgress'>;

/** Has the server send a backup while it makes it; when that fails it cuts the connection. */
async function openDirect(
  session: Session,
  path: string,
  body: object,
  { signal }: Within,
): Promise<DownloadSource> {
  const { body: sent, headers } = await session.stream({
    method: 'POST',
    path,
    body,
    headers: { accept: 'application/octet-stream' },
    signal,
    timeout: 0, // a backup takes what it takes
  });
  if (headers['content-type'] === 'application/octet-stream') return { body: sent };
  sent.destroy();
  throw new ProtocolError(`POST ${path}: the server did not send the backup that it offers to send`);
}

/** Has the server store a backup, gives it to `use`, and deletes it in every case. */
export async function withBackup<F>(
  session: Session,
  backups: Making<F>,
  form: F,
  { signal, onProgress }: Within,
  use: (opened: DownloadSource) => Promise<unknown>,
): Promise<void> {
  const name = `tslxd-${randomBytes(6).toString('hex')}`;
  const expiresAt = new Date(Date.now() + lifetime);
  let operation: Operation<StoredBackup> | undefined;
  try {
    // Not aborted: it is answered at once, and then we know what there is to delete.
    operation = await backups.create({ name, expiresAt, ...form }, { wait: false });
    const backup = await operation.wait({ signal, onProgress });
    await use(await backup.open({ signal }));
  } finally {
    await remove(session, backups.ref(name), operation);
  }
}

/** Deletes a backup as soon as it can be: its making cannot be cancelled, nor can what is being made be deleted. */
async function remove(
  session: Session,
  backup: StoredBackup,
  operation: Operation<StoredBackup> | undefined,
): Promise<void> {
  try {
    await operation?.wait().catch(() => undefined);
    await backup.delete({ wait: true });
  } catch (error) {
    if (error instanceof NotFoundError) return;
    const { log } = session.connection;
    log.warn?.(`${backup.toString()} is left on the server, until it expires: ${(error as Error).message}`);
  }
}
