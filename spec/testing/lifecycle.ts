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
      if (!source.includes(name) && !/move-of-/.test(source)) return;
      const pool = (context as Record<string, unknown> | undefined)?.['storage-pool'] ?? '';
      told.push(
        `${action} ${source.replaceAll(name, '…').replace(/\w*-?move-of-[\w-]+/, 'aside')} ${project} ${String(pool)}`,
      );
    },
    { allProjects: true },
  );
  await client.events.ready();
  await act(client);
  while (!told.some((line) => line.startsWith(`${last} `))) await delay(20);
  return told;
}
