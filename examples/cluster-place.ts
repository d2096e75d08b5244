// Place three containers on three members of a cluster: on a fake one or, if there is one, on a real one:
//
//   TSLXD_CLUSTER  a file with what client.credentials() gave; `npx tsx spec/real/start-cluster.ts lxd` makes both
import { connectCluster } from './support/connect.js';
import { someImage } from './support/image.js';
import { unique } from './support/names.js';

const { client: cluster } = await connectCluster(); // in your own code: await Client.connect() with its credentials
await using client = cluster;
await using borrowed = await someImage(client);
const members = (await client.cluster.members.names()).sort();
const names = new Map(members.map((member) => [member, unique(`on-${member}`)]));

try {
  // Without a target the server chooses the member that has the fewest.
  await Promise.all(
    [...names].map(async ([target, name]) =>
      client.containers.create({ name, source: borrowed.image, start: true }, { target }),
    ),
  );

  // One client sees all of them, whichever member it is connected to.
  const placed = (await client.containers.all()).filter(({ name }) => [...names.values()].includes(name));
  for (const one of placed.sort((a, b) => a.location.localeCompare(b.location)))
    console.log(`${one.location}: ${one.status}`);

  // What is asked of one goes to the member that it is on.
  const [first, second] = members as [string, string];
  const web = await client.containers.get(names.get(first)!);
  console.log('hostname:', (await web.exec(['hostname'])).stdout === web.name);

  // A move is to another member; it must not run.
  await web.stop({ force: true });
  await web.move({ target: second });
  console.log(`${first} → ${web.location}`);
} finally {
  for (const name of names.values()) await client.instances.ref(name).delete({ force: true, ifExists: true });
}
