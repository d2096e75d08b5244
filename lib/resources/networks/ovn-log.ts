import { assertOptions, ServerError, UnsupportedError } from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import type { CallOptions } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { assertExtension } from '../kind/server-facts.js';

/** A log that servers keep for OVN networks only. @throws UnsupportedError where there is none, of which both say 500 */
export async function ovnLog(
  session: Session,
  title: string,
  options: CallOptions,
  read: () => Promise<string>,
): Promise<string> {
  assertOptions(options, callNames, 'log()');
  await assertExtension(session, 'network_acl_log', 'logs of network rules', options);
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ServerError) || !/only OVN log/i.test(error.message)) throw error;
    throw new UnsupportedError(
      `${title} has no log: the server keeps one for OVN networks only, and has none of those`,
      undefined,
      error,
    );
  }
}
