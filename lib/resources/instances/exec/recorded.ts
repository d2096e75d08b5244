import { MaxBufferError, OperationError } from '../../../errors/index.js';
import { start, type Operation, type OperationData } from '../../../operations/index.js';
import { unexpected } from '../../../rest/answers.js';
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
  const files = filesOf(operation);
  try {
    const read = async (file: string | undefined) => {
      if (file === undefined) return Buffer.alloc(0);
      const { body: content } = await session.stream({ method: 'GET', path: file, signal });
      const pieces: Buffer[] = [];
      let size = 0;
      for await (const piece of content as AsyncIterable<Buffer>) {
        size += piece.length;
        if (size > plan.maxBuffer) throw tooMuch(plan, where); // which ends the stream
        pieces.push(piece);
      }
      return Buffer.concat(pieces);
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

/** Where the server keeps the outputs, by their numbers. @throws ProtocolError */
function filesOf({ id, metadata }: Operation<OperationData>): Record<string, string> {
  const output = metadata.output ?? {};
  const files: unknown[] = typeof output === 'object' ? Object.values(output) : [output];
  if (files.every((file) => typeof file === 'string' && file.startsWith('/1.0/')))
    return output as Record<string, string>;
  const asked = { method: 'GET', path: `/1.0/operations/${id}` };
  throw unexpected(asked, 'the files of the recorded output', output);
}

function tooMuch({ command, maxBuffer }: ExecPlan, where: string): MaxBufferError {
  const limit = String(maxBuffer);
  const message = `${JSON.stringify(command[0])} in ${where} wrote more than ${limit} bytes: raise \`maxBuffer\``;
  return new MaxBufferError(message, {});
}
