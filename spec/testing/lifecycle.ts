import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'tslxd';

/** What a server tells of the thing of this name, in which project, until the last of it is told. */
export async function lifecycleOf(
  socketPath: string,
  name: string,
  last: string,
  act: (client: Client) => Promise<unknown>,
): Promise<string[]> {
  await using client = new Client({ socketPath });
  const told: string[] = [];
  client.events.on(
    'lifecycle',
    ({ metadata: { action, source, context }, project = '' }) => {
      if (!source.includes(name) && !source.includes('move-of-')) return;
      const pool = context?.['storage-pool'];
      const where = source.replaceAll(name, '…').replace(/\w*-?move-of-[\w-]+/, 'aside');
      told.push(`${action} ${where} ${project} ${typeof pool === 'string' ? pool : ''}`);
    },
    { allProjects: true },
  );
  await client.events.ready();
  await act(client);
  while (!told.some((line) => line.startsWith(`${last} `))) await delay(20);
  return told;
}
