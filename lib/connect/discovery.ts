import { ClosedError, ConnectionError } from '../errors/index.js';
import { candidates, type Candidate, type Where } from './candidates.js';
import type { UnixEndpoint } from './endpoint.js';
import { connects, probeOnce, type Probe } from './probe.js';
import { socketTrouble, type SocketTrouble } from './socket-trouble.js';

/** What the search depends on; a spec gives its own. */
export interface Surroundings extends Where {
  probe?: Probe;
}

interface Failure {
  candidate: Candidate;
  trouble: SocketTrouble;
}

/**
 * The first local server that accepts a connection. `closing` ends the search of a client that is closed.
 * @throws ConnectionError with every place tried, why it failed and what to do; ClosedError
 */
export async function discover(
  surroundings: Partial<Surroundings> = {},
  closing?: AbortSignal,
): Promise<UnixEndpoint> {
  const { probe = connects, ...where } = surroundings;
  const failures: Failure[] = [];
  let cause: unknown;
  for (const candidate of candidates({ env: process.env, uid: process.geteuid?.(), ...where })) {
    if (closing?.aborted) throw closed();
    const { kind, socketPath, product, project } = candidate;
    try {
      await probeOnce(probe, socketPath, closing);
      return { kind, socketPath, product, ...(project !== undefined && { project }) };
    } catch (error) {
      if (closing?.aborted) throw closed();
      cause = error;
      failures.push({ candidate, trouble: troubleOf(error as NodeJS.ErrnoException, candidate) });
    }
  }
  const attempts = failures.map(({ candidate, trouble }) => ({ address: candidate.socketPath, ...trouble }));
  // One place's error is the cause; of several none is.
  throw new ConnectionError(report(failures), failures.length === 1 ? { cause } : {}, attempts);
}

function troubleOf(error: NodeJS.ErrnoException, candidate: Candidate): SocketTrouble {
  const trouble = socketTrouble(error, candidate);
  if (!candidate.variable || trouble.reason !== 'absent') return trouble;
  return { ...trouble, remedy: `correct ${candidate.variable}, or unset it to search the usual places` };
}

function report(failures: readonly Failure[]): string {
  const lines = failures.map(({ candidate: { socketPath, why }, trouble: { reason, remedy } }) => {
    return `\n  ${socketPath} (${why}): ${reason}${remedy ? `; ${remedy}` : ''}`;
  });
  return `No local LXD or Incus server answers. Tried, in order:${lines.join('')}\n${advice(failures)}`;
}

function advice(failures: readonly Failure[]): string {
  const variables = new Set(failures.flatMap(({ candidate }) => candidate.variable ?? []));
  if (variables.size > 0) {
    const are = variables.size > 1 ? 'are' : 'is';
    return `Nothing else was tried, since ${[...variables].join(' and ')} ${are} set.`;
  }
  const first = failures.every(({ trouble }) => trouble.reason === 'absent')
    ? 'Install LXD or Incus and start it'
    : 'Mend one of these';
  return `${first}, or name another server with socketPath or endpoint.`;
}

function closed(): ClosedError {
  return new ClosedError('The client is closed; make a new Client');
}
