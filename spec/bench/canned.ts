import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server on a temporary socket that answers everything with the same bytes. */
export async function cannedServer(
  metadata: unknown,
): Promise<{ socketPath: string; bytes: number; close: () => void }> {
  const envelope = {
    type: 'sync',
    status: 'Success',
    status_code: 200,
    operation: '',
    error_code: 0,
    error: '',
  };
  const body = Buffer.from(JSON.stringify({ ...envelope, metadata }));
  const folder = mkdtempSync(join(tmpdir(), 'tslxd-bench-'));
  const socketPath = join(folder, 's');
  const server = http.createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    bytes: body.length,
    close: () => {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An instance as a server describes it, 1.5 kB as those of a real server with a few volatile keys. */
export function cannedInstance(index: number): Record<string, unknown> {
  const config = Object.fromEntries(
    Array.from({ length: 17 }, (_, key) => [`user.key${String(key)}`, `value of ${String(index)}`]),
  );
  const devices = {
    root: { path: '/', pool: 'default', type: 'disk' },
    eth0: { network: 'br0', type: 'nic' },
  };
  return {
    name: `c${String(index)}`,
    description: '',
    status: 'Stopped',
    status_code: 102,
    created_at: '2026-01-01T00:00:00.123456789Z',
    last_used_at: '1970-01-01T00:00:00Z',
    location: 'none',
    type: 'container',
    project: 'default',
    architecture: 'x86_64',
    ephemeral: false,
    stateful: false,
    profiles: ['default'],
    config,
    devices,
    expanded_config: config,
    expanded_devices: devices,
  };
}
