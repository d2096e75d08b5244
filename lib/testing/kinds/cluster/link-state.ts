import type { Call } from '../../http/call.js';
import { isObject } from '../../http/decode.js';
import { sync } from '../../http/reply.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import { askAt } from './link-remote.js';
import { linksOf, type LinkRecord } from './link-records.js';
import { listOf } from '../../validation/values.js';

/** GET of the state: each member of the other cluster is asked. */
export async function linkState({ state, params }: Call): Promise<Response> {
  const { name = '' } = params;
  const link = linksOf(state).get(name);
  if (!link)
    throw new Refusal(
      404,
      `Failed loading cluster link "${name}": Failed loading cluster link: Cluster link not found`,
    );
  const addresses = listOf(link.config['volatile.addresses']);
  if (addresses.length === 0) throw new Refusal(400, 'No cluster link member addresses found');
  const members = await Promise.all(addresses.map((address) => memberAt(state, link, address)));
  return sync({ cluster_link_members: members });
}

async function memberAt(state: State, { certificate, type }: LinkRecord, address: string): Promise<object> {
  try {
    if (certificate === undefined) throw new Error('its certificate is not known');
    const named = type !== 'public';
    const { status, metadata } = await askAt(state, address, certificate, { path: '/1.0', named });
    const { auth, environment } = isObject(metadata) ? metadata : {};
    const { server_name: server = '' } = isObject(environment) ? environment : {};
    const word = auth === 'trusted' ? 'Active' : status === 200 ? 'Unauthenticated' : 'Unreachable';
    return { server_name: server, address, status: word };
  } catch {
    return { server_name: '', address, status: 'Unreachable' };
  }
}
