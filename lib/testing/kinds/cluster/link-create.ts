import type { Call } from '../../http/call.js';
import { fingerprintOf } from '../../http/certificate.js';
import { isObject, parseJson } from '../../http/decode.js';
import { created, done } from '../../http/reply.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import { assertGroups, certified, tell } from '../auth/identity.js';
import { addPending, admit, assertListens, pendingWith } from '../auth/pending.js';
import { identitiesOf, type IdentityRecord } from '../auth/records.js';
import { decodeBase64, parsed } from '../certificates/store.js';
import { settingsOf } from '../server/settings.js';
import { addLink, linksOf, type LinkPost } from './link-records.js';
import { createPublic } from './link-public.js';
import { askAt, checkedAt, withPort } from './link-remote.js';
import { linkName } from './names.js';

const linkKind = 'Cluster link certificate';

const shape = {
  type: 'ClusterLinksPost',
  fields: {
    name: 'string',
    description: 'string',
    config: 'map',
    type: 'string',
    trust_token: 'string',
    auth_groups: 'strings',
    cluster_certificate: 'string',
    remote_address: 'string',
  },
} as const;

/** What is in the token of another cluster. */
interface Token {
  fingerprint: string;
  addresses: string[];
  secret: string;
  type: string;
}

/** POST to the links: what is given says which of six things is wanted. */
export async function createLink(call: Call): Promise<Response> {
  const given = await call.body<Partial<LinkPost>>(shape);
  const { type = '', name = '', trust_token: text = '' } = given;
  const { extensions } = call.product;
  const types = ['bidirectional', 'unidirectional', 'public'];
  const isKnown = type === 'bidirectional' || extensions.includes(`cluster_links_${type}`);
  if (!types.includes(type) || !isKnown) throw new Refusal(400, `Invalid cluster link type "${type}"`);
  const wrong = name === '' ? undefined : linkName(name);
  if (wrong !== undefined) throw new Refusal(400, wrong);
  if (type === 'public') return createPublic(call, given);
  if (given.remote_address) throw new Refusal(400, 'Remote address can only be set for public cluster links');
  if (!text && !name) throw new Refusal(403, 'Trust token required');
  if (name && !call.trusted) throw new Refusal(403, 'not authorized');
  if (!text) return offerLink(call, given);
  const token = decoded(text);
  return name ? linkWith(call, given, token, text) : activate(call, given, token);
}

/** A token for the other cluster, and a link that waits for it. */
function offerLink({ state }: Call, given: Partial<LinkPost>): Response {
  const { name = '', type = '', auth_groups: groups = [] } = given;
  const silent = 'Failed generating trust token: Cannot issue token when server is not listening on network';
  assertListens(state, new Refusal(500, silent));
  const failed = 'Failed creating pending TLS identity';
  const isLinked = type === 'bidirectional';
  try {
    assertGroups(state, groups);
    if (isLinked) assertFree(state, name);
  } catch (error) {
    throw new Refusal(500, `${failed}: ${(error as Error).message}`);
  }
  const { id, token } = addPending(state, linkKind, name, groups);
  const identity = identitiesOf(state).find((one) => one.id === id);
  if (isLinked) addLink(state, given, { identity });
  return created(`/1.0/auth/identities/tls/${id}`, token);
}

/** A link by the token of the other cluster, which hears of it. */
async function linkWith(
  { state }: Call,
  given: Partial<LinkPost>,
  { fingerprint, addresses, type: of }: Token,
  text: string,
): Promise<Response> {
  const { name = '', type = '', auth_groups: groups = [] } = given;
  if (addresses.length === 0) throw new Refusal(400, 'No cluster addresses provided in trust token');
  const shown = await checkedAt(state, addresses, fingerprint);
  if (identitiesOf(state).some(({ id, type: other }) => id === fingerprint && other === linkKind))
    throw new Refusal(409, 'A cluster link already exists between these clusters');
  assertGroups(state, groups);
  assertFree(state, name);
  const certificate = shown.toString();
  const { network } = settingsOf(state);
  const own = Array.isArray(network.addresses) ? network.addresses.join(',') : '';
  const isMutual = type === 'bidirectional';
  const body = {
    ...{ trust_token: text, type, cluster_certificate: network.certificate },
    config: { 'volatile.addresses': own },
  };
  const request = isMutual
    ? { path: '/1.0/cluster/links', body, named: false }
    : { path: '/1.0/auth/identities/tls', body: { trust_token: text } };
  await heard(state, request, { name, addresses, certificate, kind: isMutual ? '' : 'unidirectional ' });
  const identity: IdentityRecord | undefined = isMutual
    ? { ...certified(shown), method: 'tls', type: of || linkKind, name, groups }
    : undefined;
  if (identity) {
    identitiesOf(state).push(identity);
    tell(state, 'created', 'tls', identity.id);
  }
  addLink(state, given, { identity, certificate, addresses: addresses.map(withPort) });
  return identity ? created(`/1.0/auth/identities/tls/${identity.id}`) : done();
}

/** Tells the other cluster. @throws Refusal */
async function heard(
  state: State,
  request: { path: string; body: object; named?: boolean },
  to: { name: string; addresses: readonly string[]; certificate: string; kind: string },
): Promise<void> {
  const failed = `Failed activating ${to.kind}cluster link "${to.name}"`;
  const reasons: string[] = [];
  for (const address of to.addresses) {
    try {
      const { status, error } = await askAt(state, address, to.certificate, request);
      if (status < 400) return;
      const tried = `after trying ${String(to.addresses.length)} address(es)`;
      throw new Refusal(
        status,
        `${failed} ${tried}: Remote cluster address "${withPort(address)}": ${error}`,
      );
    } catch (error) {
      if (error instanceof Refusal) throw error;
      reasons.push(
        `Failed connecting to remote cluster address "${withPort(address)}": ${(error as Error).message}`,
      );
    }
  }
  throw new Refusal(502, `${failed}: ${reasons.join('; ')}`);
}

/** What the other cluster says that has used a token of this one. */
async function activate({ state }: Call, given: Partial<LinkPost>, token: Token): Promise<Response> {
  const addresses = given.config?.['volatile.addresses'] ?? '';
  if (token.type !== linkKind) throw new Refusal(403, `Invalid trust token type "${token.type}"`);
  const one = pendingWith(state, token.secret, 'Failed during search for pending identity');
  if (!given.cluster_certificate) throw new Refusal(400, 'Cluster certificate required');
  const certificate = parsed(given.cluster_certificate, 'Failed calculating fingerprint: ');
  await checkedAt(state, addresses.split(','), fingerprintOf(certificate));
  const link = linksOf(state).get(one.name);
  if (!link) throw new Refusal(404, 'Failed loading cluster link: Cluster link not found');
  const id = admit(state, one, certificate);
  link.config['volatile.addresses'] = addresses;
  link.certificate = certificate.toString();
  state.lifecycle('default', 'cluster-link-created', ['cluster', 'links', link.name]);
  return created(`/1.0/auth/identities/tls/${id}`);
}

function assertFree(state: State, name: string): void {
  if (linksOf(state).has(name))
    throw new Refusal(409, `Error inserting "${name}" into database: Cluster link already exists`);
}

/** @throws Refusal */
function decoded(text: string): Token {
  try {
    const value = parseJson(decodeBase64(text).toString());
    if (!isObject(value)) throw new Error('unexpected end of JSON input');
    const { fingerprint = '', addresses, secret = '', type = '' } = value;
    const list = Array.isArray(addresses) ? addresses.map(String) : [];
    return { fingerprint: String(fingerprint), addresses: list, secret: String(secret), type: String(type) };
  } catch (error) {
    throw new Refusal(403, `Invalid trust token: ${(error as Error).message}`);
  }
}
