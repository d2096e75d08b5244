import { start, type OperationOptions } from '../../../operations/index.js';
import { isMap, type CallOptions, type JsonMap } from '../../../orm/index.js';
import type { Session } from '../../../rest/session.js';
import { withBackup, type Making } from '../../backups/export.js';
import { importHeaders } from '../../backups/import.js';
import { serverFacts } from '../../kind/server-facts.js';
import { upload } from '../../transfer/upload.js';
import type { VolumeBackupForm } from '../volume-backup.js';
import { readVolume, volumePath, volumesPath, type VolumeAt } from './original.js';

/** What is carried: the backups of the original, for one more, and what of it. */
export interface Load {
  session: Session;
  backups: Making<VolumeBackupForm>;
  volumeOnly: boolean;
}

type Within = Pick<OperationOptions, 'onProgress'> & { signal: AbortSignal };

/**
 * Carries a volume from one product to the other, whose servers cannot migrate it: a backup that the one makes streams into
 * the import of the other, and is nowhere at rest here. `begun` is told when the target may have something of it.
 */
export async function carry(
  load: Load,
  to: VolumeAt,
  body: JsonMap,
  within: Within,
  begun: () => void,
): Promise<void> {
  const { session, backups, volumeOnly } = load;
  const { signal } = within;
  await withBackup(
    session,
    backups,
    { volumeOnly, optimizedStorage: false },
    within,
    async ({ body: file }) => {
      const headers = importHeaders(await serverFacts(to.session, { signal }), { name: to.name });
      begun();
      const request = { path: volumesPath(to.pool), headers };
      const how = { ...within, wait: false } as const;
      const operation = await upload(
        to.session,
        file,
        () => request,
        how,
        () => undefined,
      );
      try {
        await operation.wait(within);
      } catch (error) {
        await operation.wait().catch(() => undefined); // what it makes can be removed when it is made
        throw error;
      }
    },
  );
  await align(to, body, { signal });
}

/** What is to be otherwise than in the backup is written: config and description. */
async function align(
  to: VolumeAt,
  { config: wanted, description }: JsonMap,
  call: CallOptions,
): Promise<void> {
  const { config: made, description: told } = await readVolume(to, call);
  const config = { ...(isMap(made) ? made : {}) };
  const keys = Object.entries(isMap(wanted) ? wanted : {}).filter(
    ([key, value]) => !key.startsWith('volatile.') && (config[key] ?? '') !== value,
  );
  if (keys.length === 0 && told === description) return;
  const body = { config: { ...config, ...Object.fromEntries(keys) }, description };
  const request = { method: 'PUT', path: volumePath(to), body, ...call };
  await (await start(to.session, request, () => undefined, { waited: true })).wait(call);
}
