import type { X509Certificate } from 'node:crypto';
import type { Call } from '../../http/call.js';
import { listed } from '../../http/collection.js';
import type { FieldKind } from '../../http/decode.js';
import { checkMatch, etag } from '../../http/etag.js';
import { created, done, started, sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { Dropped, Refusal } from '../../state/refusal.js';
import { settingsOf } from '../server/settings.js';
import {
  certificatesOf,
  commonNameOf,
  findCertificate,
  fingerprintOf,
  parseDer,
  parsed,
  type CertificateRecord,
} from './store.js';

/** `typeFixed` is the status of a write to the type, `proof` what a new one is proved with, in the words of its body. */
const quirks = {
  lxd: { isDescribed: false, typeFixed: 403, proof: 'password' },
  incus: { isDescribed: true, typeFixed: 400, proof: 'trust_token' },
} as const;

const fields = {
  ...{ name: 'string', type: 'string', restricted: 'bool', projects: 'strings' },
  ...{ certificate: 'string', description: 'string' },
} as const satisfies Record<string, FieldKind>;
const newShape = {
  type: 'CertificatesPost',
  fields: { ...fields, password: 'string', trust_token: 'string', token: 'bool' },
} as const;

type Body = Partial<Omit<CertificateRecord, 'fingerprint'>>;
type NewBody = Body & { token?: boolean };

/** As the server prints it, in its order. */
function printed({ product }: Call, one: CertificateRecord): Record<string, unknown> {
  const { name, type, restricted, projects, certificate, description, fingerprint } = one;
  const described = quirks[product.name].isDescribed && { description };
  return { name, type, restricted, projects, certificate, ...described, fingerprint };
}

function list(call: Call): Response {
  const all = [...certificatesOf(call.state).values()].sort((a, b) =>
    a.fingerprint < b.fingerprint ? -1 : 1,
  );
  const items = all.map((one) => ({
    url: `/1.0/certificates/${one.fingerprint}`,
    json: () => printed(call, one),
  }));
  return sync(listed(call, items, call.product.typedFilter ? 400 : undefined));
}

/** POST: a certificate, or a token for one. */
async function create(call: Call): Promise<Response> {
  const body = await call.body<NewBody>(newShape);
  if (body.token) return offer(call, body);
  if (!body.certificate) throw new Refusal(400, 'Client is already trusted'); // that of the connection is meant
  const { name = '', type = '', restricted = false, projects = [], description = '' } = body;
  if (!['client', 'server', 'metrics'].includes(type)) throw new Refusal(400, 'Invalid certificate type');
  const certificate = parseDer(body.certificate);
  const fingerprint = fingerprintOf(certificate);
  const all = certificatesOf(call.state);
  if (all.has(fingerprint)) throw new Refusal(409, 'Certificate already in trust store');
  assertProjects(call, projects);
  all.set(fingerprint, {
    ...{ name: name || commonNameOf(certificate), type, restricted, projects },
    ...{ certificate: certificate.toString(), description, fingerprint },
  });
  tell(call, 'created', fingerprint);
  return created(`/1.0/certificates/${fingerprint}`);
}

/** A token operation; the fake lets nobody use one yet. */
function offer(call: Call, { name = '', type = '', restricted = false, projects = [] }: NewBody): Response {
  if (type !== 'client') throw new Refusal(400, 'Tokens can only be issued for client certificates');
  const { state, product } = call;
  const { isDescribed, proof } = quirks[product.name];
  const described = isDescribed && { description: '' };
  const request = {
    name,
    type,
    restricted,
    projects,
    certificate: '',
    ...described,
    [proof]: '',
    token: true,
  };
  const { network } = settingsOf(state);
  const secret = state.chance.hex(32);
  const operation = state.operations.start({
    ...{ project: 'default', description: 'Executing operation', class: 'token' },
    resources: product.noResources,
    metadata: {
      addresses: network.addresses ?? [],
      fingerprint: network.certificate_fingerprint ?? '0'.repeat(64), // without HTTPS it shows nobody a certificate
      ...{ request, secret },
    },
    ...{ mayCancel: true, time: Infinity },
  });
  return started(operation);
}

/** What the ETag covers. */
function guarded(call: Call, one: CertificateRecord): unknown[] {
  return Object.values(printed(call, one));
}

/** PUT and PATCH. */
async function write(call: Call): Promise<Response> {
  const one = findCertificate(call.state, call.param('fingerprint'));
  checkMatch(call.request.headers, guarded(call, one));
  const isPatch = call.request.method === 'PATCH';
  const body = await call.body<Body>({ type: isPatch ? 'Certificate' : 'CertificatePut', fields });
  const before: Body = isPatch
    ? one
    : { name: '', type: '', restricted: false, projects: [], description: '' };
  const { name, type, restricted, description, ...said } = { ...before, ...body } as CertificateRecord;
  const isNone = /"projects"\s*:\s*null/.test(await call.text());
  const projects = isNone ? [] : said.projects;
  if (type !== one.type)
    throw new Refusal(quirks[call.product.name].typeFixed, 'The certificate type cannot be changed');
  const certificate = body.certificate ? readPem(call, body.certificate) : undefined;
  assertProjects(call, projects);
  const all = certificatesOf(call.state);
  all.delete(one.fingerprint);
  Object.assign(one, { name, restricted, projects, description });
  if (certificate)
    Object.assign(one, { certificate: certificate.toString(), fingerprint: fingerprintOf(certificate) });
  all.set(one.fingerprint, one);
  tell(call, 'updated', one.fingerprint);
  return done();
}

function readPem({ product }: Call, text: string): X509Certificate {
  if (text.includes('-----BEGIN ')) return parsed(text, '');
  if (product.name === 'lxd') throw new Dropped(); // it panics
  throw new Refusal(400, 'Invalid PEM encoded certificate');
}

function remove(call: Call): Response {
  const { fingerprint } = findCertificate(call.state, call.param('fingerprint'));
  certificatesOf(call.state).delete(fingerprint);
  tell(call, 'deleted', fingerprint);
  return done();
}

function assertProjects({ state }: Call, projects: readonly string[]): void {
  if (!projects.every((name) => state.projects.has(name))) throw new Refusal(404, 'Project not found');
}

function tell({ state }: Call, past: string, fingerprint: string): void {
  state.lifecycle('default', `certificate-${past}`, ['certificates', fingerprint]);
}

/** Whom the server trusts. What a certificate is restricted to is kept and shown, and limits nobody here. */
export const certificateRoutes: Route[] = [
  { path: '/1.0/certificates', GET: list, POST: create },
  {
    path: '/1.0/certificates/{fingerprint}',
    GET(call) {
      const one = findCertificate(call.state, call.param('fingerprint'));
      return sync(printed(call, one), etag(guarded(call, one)));
    },
    PUT: write,
    PATCH: write,
    DELETE: remove,
  },
];
