import { randomUUID } from 'node:crypto';
import { call } from '../testing/support.js';
import type { RealServer } from './server.js';

/** Servers warn of what goes wrong; into their database one can be put without that. Resolves with its id. */
export async function warnOn({ socketPath }: RealServer, message: string, project?: string): Promise<string> {
  const uuid = randomUUID();
  const now = `strftime('%Y-%m-%dT%H:%M:%SZ','now')`;
  const ofProject = project === undefined ? 'NULL' : `(SELECT id FROM projects WHERE name = '${project}')`;
  const columns =
    'node_id, project_id, uuid, type_code, status, first_seen_date, last_seen_date, updated_date, last_message, count';
  const values = `1, ${ofProject}, '${uuid}', 1, 1, ${now}, ${now}, ${now}, '${message}', 1`;
  const query = `INSERT INTO warnings (${columns}) VALUES (${values})`;
  const { status, text } = await call(socketPath, 'POST', '/internal/sql', { database: 'global', query });
  if (status !== 200) throw new Error(text);
  return uuid;
}
