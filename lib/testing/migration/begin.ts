import { X509Certificate } from 'node:crypto';
import type { Call } from '../http/call.js';
import { Refusal } from '../state/refusal.js';
import type { Operation, OperationSpec } from '../state/operation.js';
import type { State } from '../state/state.js';
import type { MigrationSockets } from './sockets.js';

type Described = Pick<OperationSpec, 'project' | 'description' | 'resources' | 'mayCancel'>;

/** An operation that waits for others to connect, and does its work then. */
export function startConnected(
  { state }: Call,
  sockets: MigrationSockets,
  described: Described,
  work: (operation: Operation) => Promise<void>,
): Operation {
  const { late, patience } = sockets.quirks;
  const operation = state.operations.start({
    ...described,
    class: 'websocket',
    metadata: { ...sockets.secrets, ...entityOf(state, described) },
    time: Infinity,
    endsItself: true,
    connect: (secret) => sockets.acceptor(secret),
    run(operation) {
      const { missing } = sockets;
      if (missing !== undefined) throw new Refusal(500, late(sockets.side, missing));
      return work(operation);
    },
  });
  const callOff = state.clock.after(patience, () => operation.finish());
  sockets.onComplete(() => {
    callOff();
    operation.finish();
  });
  operation.signal.addEventListener('abort', callOff);
  closeWith(operation, sockets);
  return operation;
}

/** What newer LXD says beside the secrets. */
function entityOf({ product }: State, { resources }: Described): Record<string, unknown> {
  if (!product.extensions.includes('operation_metadata_entity_url')) return {};
  return { entity_url: Object.values(resources ?? {})[0]?.[0] };
}

/** However it ends, a restart of the server too, its sockets do not outlive it. */
export function closeWith(operation: Operation, sockets: MigrationSockets): void {
  operation.signal.addEventListener('abort', () => sockets.close());
}

/** Refuses a certificate that is none. */
export function checkCertificate(sockets: MigrationSockets, certificate: string): void {
  const { badCertificate } = sockets.quirks;
  if (certificate === '') return;
  const isPem = /-----BEGIN [A-Z ]+-----[^]*-----END [A-Z ]+-----/.test(certificate);
  if (isPem && isCertificate(certificate)) return;
  throw new Refusal(500, badCertificate(sockets.side, isPem));
}

/** Refuses secrets that do not do for all sockets. */
export function checkSecrets(
  { side, quirks }: MigrationSockets,
  names: readonly string[],
  secrets: Readonly<Record<string, string>>,
): void {
  const missing = names.find((name) => !secrets[name]);
  if (missing !== undefined) throw new Refusal(500, quirks.missingSecret(side, missing));
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).raw.length > 0;
  } catch {
    return false;
  }
}
