// Empty a member of a cluster before its host is serviced, and fill it again: of a fake one or, if there is one, of a real one:
//
//   TSLXD_CLUSTER  a file with what client.credentials() gave; `npx tsx spec/real/start-cluster.ts lxd` makes both
import { connectCluster } from './support/connect.js';
import { someImage } from './support/image.js';
import { unique } from './support/names.js';

const { client: cluster } = await connectCluster();
await using client = cluster;
await using borrowed = await someImage(client);
const [moves, stays] = [unique('moves'), unique('stays')];

try {
  const target = (await client.cluster.members.names()).sort().at(-1)!;
  const source = borrowed.image;
  // What becomes of each is its own config's to say.
  const config = { 'boot.host_shutdown_timeout': '5' };
  const [web, log] = await Promise.all([
    client.containers.create({ name: moves, source, config, start: true }, { target }),
    client.containers.create({ name: stays, source, config: { 'cluster.evacuate': 'stop' } }, { target }),
  ]);

  const member = await client.cluster.members.get(target);
  const stages = new Set<string | undefined>();
  await member.evacuate({ onProgress: ({ stage }) => stages.add(stage) });
  console.error('stages:', [...stages].join(', '));
  await Promise.all([web.fetch(), log.fetch()]);
  console.log('evacuated:', member.status, '- moved:', web.location !== target, web.status);
  console.log('stayed:', log.location === target, log.status);
  const refused = await client.containers.create({ source }, { target }).catch((error: unknown) => error);
  console.log('a new one:', refused instanceof Error && refused.name);

  // Here the host is serviced.
  await member.restore();
  await Promise.all([web.fetch(), log.fetch()]);
  console.log('restored:', member.status, '- back:', web.location === target, web.status);
} finally {
  for (const name of [moves, stays]) await client.instances.ref(name).delete({ force: true, ifExists: true });
}
