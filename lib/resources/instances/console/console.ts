import { text } from 'node:stream/consumers';
import { ServerError } from '../../../errors/index.js';
import type { CallOptions } from '../../../orm/index.js';
import type { Session } from '../../../rest/session.js';
import { consolePlan, type ConsoleOptions, type VgaOptions } from './options.js';
import { ConsoleSession } from './session.js';
import { VgaConsole } from './vga.js';

/** Opens a console of the kind that the options name. */
export async function openConsole(
  session: Session,
  path: string,
  where: string,
  options: ConsoleOptions | VgaOptions,
): Promise<ConsoleSession | VgaConsole> {
  const plan = consolePlan(options);
  const Kind = plan.body.type === 'vga' ? VgaConsole : ConsoleSession;
  return Kind.open(session, path, where, plan);
}

/** What an instance's console has shown. */
export async function readConsoleLog(session: Session, path: string, options: CallOptions): Promise<string> {
  try {
    const { body } = await session.stream({ method: 'GET', path: `${path}/console`, ...options });
    return await text(body);
  } catch (error) {
    // LXD 5.0 after the log was cleared.
    if (error instanceof ServerError && /no such file or directory/i.test(error.message)) return '';
    throw error;
  }
}
