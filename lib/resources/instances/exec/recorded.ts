import { buffer } from 'node:stream/consumers';
import { MaxBufferError, OperationError } from '../../../errors/index.js';
import { start } from '../../../operations/index.js';
import type { Session } from '../../../rest/session.js';
import { assertCwd } from './cwd.js';
import type { ExecPlan } from './options.js';
import { exitCodeOf, failureOf, resultOf, type ExecResult } from './outcome.js';

/** Runs a command whose output the server keeps in files: three requests, and the files are deleted, whatever happens. */
export async function runRecorded(
  session: Session,
  path: string,
  where: string,
  plan: ExecPlan,
): Promise<ExecResult<string | Buffer>> {
  const { body, signal, timeout } = plan;
  if (plan.checkedCwd !== undefined) await assertCwd(session, path, where, plan.checkedCwd, signal);
  const request = { method: 'POST', path: `${path}/exec`, body, signal };
  const operation = await start(session, request, (data) => data, { waited: true });
  const end = await operation.wait({ signal, timeout }).catch((error: unknown) => {
    if (error instanceof OperationError && exitCodeOf(error) !== undefined) return error;
    throw error;
  });
  const files = (operation.metadata.output ?? {}) as Record<string, string>;
  try {
    const read = async (file: string | undefined) => {
      if (file === undefined) return Buffer.alloc(0);
      const answer = await session.stream({ method: 'GET', path: file, signal });
      const length = Number(answer.headers['content-length'] ?? 0);
      if (length <= plan.maxBuffer) return buffer(answer.body);
      answer.body.destroy();
      const message = `${JSON.stringify(plan.command[0])} in ${where} wrote more than ${String(plan.maxBuffer)} bytes: raise \`maxBuffer\``;
      throw new MaxBufferError(message, {});
    };
    const [stdout, stderr] = await Promise.all([read(files[1]), read(files[2])]);
    const exitCode = exitCodeOf(end);
    if (exitCode === undefined)
      throw new OperationError(`${where}: the server does not say how the command ended`);
    const result = resultOf(plan, exitCode, { stdout, stderr, all: undefined });
    if (result.failed && plan.reject) throw failureOf(result, where, operation);
    return result;
  } finally {
    // A file that cannot be deleted is the server's to clean up; the result is good all the same.
    await Promise.allSettled(
      Object.values(files).map(async (file) => session.send({ method: 'DELETE', path: file })),
    );
  }
}
