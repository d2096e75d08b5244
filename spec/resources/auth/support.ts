import type { Client } from 'tslxd';
import { FakeServer, type FakeServerOptions } from 'tslxd/testing';

/** What LXD 6.9 has, and LXD 5.0 not. */
export const authExtensions = [
  'access_management',
  'access_management_tls',
  'entities_with_entitlements',
  'auth_bearer_devlxd',
  'auth_bearer',
];

/** A fake of an LXD that has all of them. */
export async function startNewer(
  options: FakeServerOptions = {},
): Promise<{ server: FakeServer; client: Client }> {
  const server = await FakeServer.start({ extensions: (own) => [...own, ...authExtensions], ...options });
  const client = server.client();
  await client.server.fetch();
  return { server, client };
}

/** Method and path of each write since the last call. */
export function writes(server: FakeServer): string[] {
  const lines = server.requests
    .filter(({ method }) => method !== 'GET')
    .map(({ method, path }) => `${method} ${path}`);
  server.clearRequests();
  return lines;
}
