import type { X509Certificate } from 'node:crypto';
import { isAdmin } from '../../http/caller.js';
import type { Call } from '../../http/call.js';
import { fingerprintOf } from '../../http/certificate.js';
import { created } from '../../http/reply.js';
import { Refusal } from '../../state/refusal.js';
import { settingsOf } from '../server/settings.js';
import { add, assertProjects, certificatesOf, fields, parseDer, tell, type Body } from './store.js';
import { decodeToken, offer, proofField, spend } from './tokens.js';

const shape = {
  type: 'CertificatesPost',
  fields: { ...fields, password: 'string', trust_token: 'string', token: 'bool' },
} as const;

type NewBody = Body & { token?: boolean; password?: string; trust_token?: string };

/** POST: a certificate, or a token for one; also of who is not trusted yet, but has a token or the password. */
export async function create(call: Call): Promise<Response> {
  const body = await call.body<NewBody>(shape);
  const { token = false, certificate: given = '' } = body;
  if (token && given) throw new Refusal(400, "Can't use certificate if token is requested");
  if (token && body.type !== 'client')
    throw new Refusal(400, 'Tokens can only be issued for client certificates');
  assertStranger(call, body);
  const wanted = isAdmin(call.caller) ? body : admitted(call, body);
  const { name = '', type = '', restricted = false, projects = [], description = '' } = wanted;
  if (token) return offer(call, { name, type, restricted, projects, description });
  if (!['client', 'server', 'metrics'].includes(type)) throw new Refusal(400, 'Invalid certificate type');
  const certificate = wanted.certificate ? parseDer(wanted.certificate) : shown(call);
  assertValid(certificate);
  if (certificatesOf(call.state).has(fingerprintOf(certificate)))
    throw new Refusal(409, 'Certificate already in trust store');
  assertProjects(call, projects);
  const fingerprint = add(call.state, certificate, { name, type, restricted, projects, description });
  tell(call, 'created', fingerprint);
  return created(`/1.0/certificates/${fingerprint}`);
}

/** Refuses who is trusted already and wants no more than that. */
function assertStranger(call: Call, body: NewBody): void {
  if (call.product.name === 'lxd' && proofField(call) === 'trust_token') {
    if (body.password)
      throw new Refusal(501, 'Password authentication is no longer supported, please update your client');
    if (call.trusted && body.trust_token) {
      admitted(call, body); // it counts as used
      throw new Refusal(409, 'Client is already trusted');
    }
  }
  if (call.trusted && !body.certificate && !body.token) throw new Refusal(400, 'Client is already trusted');
}

/** What who may not do this by himself may do, with what proves it. */
function admitted(call: Call, body: NewBody): NewBody {
  const field = proofField(call);
  const proof = body.token ? '' : (body[field] ?? '');
  const token = decodeToken(proof);
  if (token?.isForMember) throw new Refusal(403, 'No matching cluster join operation found');
  if (token) {
    const { name, type, restricted, projects } = spend(call, token.secret);
    return { name, type, restricted, projects }; // and nothing of what was asked for besides
  }
  const password = settingsOf(call.state).config['core.trust_password'];
  if (!proof || field !== 'password' || proof !== password) throw new Refusal(403, 'not authorized');
  return body;
}

/** The certificate of the connection. */
function shown({ caller: { peer } }: Call): X509Certificate {
  if (!peer?.certificate) throw new Refusal(400, 'No client certificate provided');
  return peer.certificate;
}

function assertValid({ validFrom, validTo }: X509Certificate): void {
  const now = Date.now(); // that of the certificate, whatever the clock of the server says
  if (now < Date.parse(validFrom)) throw new Refusal(400, "The provided certificate isn't valid yet");
  if (now > Date.parse(validTo)) throw new Refusal(400, 'The provided certificate is expired');
}
