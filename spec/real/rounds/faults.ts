import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'tslxd';
import type { Cluster, ClusterMember } from '../cluster.js';
import type { Harm, Outage, Outages } from './outages.js';

/** What happens to whom. */
export interface Round {
  harm: Harm;
  whom: 'connected' | 'another' | 'leader';
}

const kinds: readonly Round[] = [
  { harm: 'kill', whom: 'connected' },
  { harm: 'kill', whom: 'another' },
  { harm: 'kill', whom: 'leader' },
  { harm: 'freeze', whom: 'connected' },
  { harm: 'freeze', whom: 'leader' },
  { harm: 'freeze', whom: 'another' },
];

/** `5`: so many, each kind in its turn; or those that are named: `freeze leader, kill another`. */
export function roundsOf(wanted: string): Round[] {
  if (/^\d+$/.test(wanted)) return Array.from({ length: Number(wanted) }, (_, n) => kinds[n % kinds.length]!);
  return wanted.split(/\s*,\s*/).map((title) => {
    const kind = kinds.find(({ harm, whom }) => `${harm} ${whom}` === title);
    if (!kind) throw new Error(`TSLXD_ROUNDS names '${title}', which is no kind of round`);
    return kind;
  });
}

/** How long a member is away, in ms: so that it is listed as offline, and a frozen one has cost all that it can. */
const away: Record<Harm, number> = { kill: 20_000, freeze: 42_000 };

/** Takes one member away, has it back, and resolves when all find each other again. */
export async function play(
  cluster: Cluster,
  client: Client,
  round: Round,
  outages: Outages,
): Promise<Outage> {
  const connected = await connectedTo(client);
  const leader = await leaderOf(cluster);
  const victim =
    cluster.members.find(({ name }) => isMeant(round, name, connected, leader)) ?? cluster.members[0]!;
  const outage = outages.begin(round.harm, victim.name, {
    isConnected: victim.name === connected,
    isLeader: victim.name === leader,
  });
  if (round.harm === 'kill') await victim.daemon.kill();
  else victim.daemon.freeze();
  await delay(away[round.harm]);
  outage.back = performance.now();
  if (round.harm === 'kill') await victim.daemon.start();
  else victim.daemon.thaw();
  await cluster.settled();
  await reachable(cluster);
  outage.until = performance.now();
  return outage;
}

/** `another` is one that has no part, if there is one. */
function isMeant({ whom }: Round, name: string, connected: string, leader: string): boolean {
  if (whom === 'connected') return name === connected;
  if (whom === 'leader') return name === leader;
  return name !== connected && name !== leader;
}

async function connectedTo(client: Client): Promise<string> {
  await client.server.fetch();
  return client.server.environment?.serverName ?? '';
}

async function leaderOf({ server }: Cluster): Promise<string> {
  const members = await server.read<{ server_name: string; roles: string[] }[]>(
    '/1.0/cluster/members?recursion=1',
  );
  return members.find(({ roles }) => roles.includes('database-leader'))?.server_name ?? '';
}

/** Until each member has an answer of each other about what that one has. */
async function reachable({ members }: Cluster): Promise<void> {
  const deadline = performance.now() + 90_000;
  for (const asked of members)
    for (const owner of members)
      while (!(await answersFor(asked, owner))) {
        if (performance.now() > deadline) throw new Error(`${asked.name} does not reach ${owner.name}`);
        await delay(250);
      }
}

async function answersFor({ daemon }: ClusterMember, { name }: ClusterMember): Promise<boolean> {
  const answer = daemon.server.raw('GET', `/1.0/resources?target=${name}`);
  const status = answer.then(({ status }) => status).catch(() => 0);
  return (await Promise.race([status, delay(15_000, 0, { ref: false })])) === 200;
}
