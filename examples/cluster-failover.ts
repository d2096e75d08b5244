// Go on while a member of a cluster is dead: of a fake one or, if there is one, of a real one, which you are asked to kill:
//
//   TSLXD_CLUSTER  a file with what client.credentials() gave; `npx tsx spec/real/start-cluster.ts lxd` makes both
import { ClusterMemberError } from 'tslxd';
import { connectCluster } from './support/connect.js';
import { unique } from './support/names.js';

const { client: cluster, lose, regain } = await connectCluster();
await using client = cluster;
const here = client.server.environment?.serverName ?? ''; // the member that this client is connected to
const [there] = (await client.cluster.members.names()).filter((name) => name !== here);
const [lost, kept] = [unique('lost'), unique('kept')];

try {
  const source = { type: 'none' } as const;
  const one = await client.containers.create({ name: lost, source }, { target: here });
  const two = await client.containers.create({ name: kept, source }, { target: there });
  const member = client.cluster.members.ref(here);

  await lose(here);
  await member.waitFor('offline'); // the client has gone on at another member

  two.config['user.role'] = 'still here';
  await two.save();
  console.log('saved:', two.config['user.role']);
  const names = (await client.containers.names()).filter((name) => [lost, kept].includes(name));
  console.log('listed:', names.length);

  // Only what the dead member has is away with it.
  const error = await one.fetch().catch((error: unknown) => error);
  if (!(error instanceof ClusterMemberError)) throw error;
  console.log('away:', error.code, error.retryable);

  await regain(here);
  await member.waitFor('online');
  const back = await one.waitFor(({ status }) => status === 'Stopped'); // a moment later the others reach it again
  console.log('back:', back.location === here);
} finally {
  for (const name of [lost, kept]) await client.instances.ref(name).delete({ force: true, ifExists: true });
}
