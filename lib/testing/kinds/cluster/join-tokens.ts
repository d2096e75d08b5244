import type { Call } from '../../http/call.js';
import { started } from '../../http/reply.js';
import { Refusal } from '../../state/refusal.js';
import { expiry } from '../../state/time.js';
import { settingsOf } from '../server/settings.js';

/** What a token for the name of a member is refused with; LXD makes one, with which nobody can join. */
const quirks = {
  lxd: { taken: () => undefined },
  incus: {
    taken: (name: string) => new Refusal(500, `The cluster already has a member with name: ${name}`),
  },
};

const shape = { type: 'ClusterMembersPost', fields: { server_name: 'string' } } as const;

/** POST: a token with which a server joins the cluster, for each name one: an operation that runs until it is used or cancelled. */
export async function offerJoin(call: Call): Promise<Response> {
  const { state, product } = call;
  const { server_name: name = '' } = await call.body<{ server_name: string }>(shape);
  if (!state.cluster) throw new Refusal(400, 'This server is not clustered');
  const { members } = state.cluster;
  const taken = members.has(name) ? quirks[product.name].taken(name) : undefined;
  if (taken) throw taken;
  for (const { id, isFinal, metadata } of state.operations.all())
    if (!isFinal && metadata?.serverName === name) state.operations.cancel(id);
  const { config, network } = settingsOf(state);
  const operation = state.operations.start({
    ...{ project: 'default', description: 'Executing operation', class: 'token' },
    resources: { cluster: null as unknown as string[] },
    metadata: {
      addresses: [...members.values()].map(({ url }) => new URL(url).host),
      expiresAt: expiry(state.clock, config['cluster.join_token_expiry'] ?? '3H'),
      fingerprint: network.certificate_fingerprint ?? '0'.repeat(64), // without HTTPS it shows nobody a certificate
      ...{ secret: state.chance.hex(32), serverName: name },
    },
    ...{ mayCancel: true, time: Infinity },
  });
  state.lifecycle('default', 'cluster-token-created', ['cluster', 'members', name]);
  return started(operation);
}
