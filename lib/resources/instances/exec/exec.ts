import type { Session } from '../../../rest/session.js';
import { Execution } from './execution.js';
import { planFrom, type ExecOptions, type ExecPlan } from './options.js';
import { ExecProcess } from './process.js';
import { runRecorded } from './recorded.js';

/** The result's kind of text, as the options say. */
export type ExecText<O extends ExecOptions> = 'encoding' extends keyof O ? TextOf<O['encoding']> : string;

/** Of each encoding that it can be. */
type TextOf<E> = E extends 'buffer' ? Buffer : string;

/** Runs a command; whatever is wrong with it is told by the handle's rejection. */
export function exec(
  session: Session,
  /** The instance's path; throws if there is none any more. */
  path: () => string,
  where: string,
  command: unknown,
  options: ExecOptions,
): ExecProcess<string | Buffer> {
  let plan: ExecPlan;
  let at: string;
  try {
    plan = planFrom(command, options);
    at = path();
  } catch (error) {
    return new ExecProcess(refused(error as Error), undefined);
  }
  if (plan.record) return new ExecProcess(runRecorded(session, at, where, plan), undefined);
  const execution = new Execution(session, at, where, plan);
  return new ExecProcess(execution.run(), execution);
}

async function refused(error: Error): Promise<never> {
  await Promise.resolve();
  throw error;
}
