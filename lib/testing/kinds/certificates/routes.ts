import type { X509Certificate } from 'node:crypto';
import type { Call } from '../../http/call.js';
import { isAdmin } from '../../http/caller.js';
import { listed } from '../../http/collection.js';
import { fingerprintOf } from '../../http/certificate.js';
import { checkMatch, etag } from '../../http/etag.js';
import { done, sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { Dropped, Refusal } from '../../state/refusal.js';
import { create } from './create.js';
import {
  assertProjects,
  certificatesOf,
  fields,
  findCertificate,
  parsed,
  tell,
  type Body,
  type CertificateRecord,
} from './store.js';

/** `typeFixed` is the status of a write to the type. */
const quirks = {
  lxd: { isDescribed: false, typeFixed: 403 },
  incus: { isDescribed: true, typeFixed: 400 },
} as const;

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
  if (!isAdmin(call.caller) && isChanged(one, { name, restricted, projects }))
    throw new Refusal(403, 'Only the certificate can be changed');
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

function isChanged(
  one: CertificateRecord,
  next: Pick<CertificateRecord, 'name' | 'restricted' | 'projects'>,
): boolean {
  const { name, restricted, projects } = one;
  return (
    JSON.stringify([name, restricted, projects]) !==
    JSON.stringify([next.name, next.restricted, next.projects])
  );
}

function readPem({ product }: Call, text: string): X509Certificate {
  if (text.includes('-----BEGIN ')) return parsed(text, '');
  if (product.name === 'lxd') throw new Dropped(); // it panics
  throw new Refusal(400, 'Invalid PEM encoded certificate');
}

function remove(call: Call): Response {
  const { fingerprint } = findCertificate(call.state, call.param('fingerprint'));
  if (!isAdmin(call.caller)) throw new Refusal(403, 'Certificate is restricted'); // LXD does not come here
  certificatesOf(call.state).delete(fingerprint);
  tell(call, 'deleted', fingerprint);
  return done();
}

/** Whom the server trusts. */
export const certificateRoutes: Route[] = [
  { path: '/1.0/certificates', guests: ['POST'], GET: list, POST: create },
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
