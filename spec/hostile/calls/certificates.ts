import { createIdentity, type TrustedCertificate } from 'tslxd';
import type { FakeServer } from 'tslxd/testing';
import { callsOn, quiet, type Calls } from './call.js';
import { managerCalls, modelCalls } from './kinds.js';

const { clientCert: certificate, fingerprint } = createIdentity({ name: 'laptop' });
const other = createIdentity({ name: 'other' });
const common = {
  before: async (fake: FakeServer) => {
    const { certificates } = fake.client();
    await certificates.create({ certificate });
    await certificates.createToken({ name: 'token' });
  },
};
const edit = (one: TrustedCertificate) => {
  one.name = 'odd';
};
const on = callsOn((client) => client.certificates, common);
const token = callsOn(async (client) => (await client.certificates.tokens({ timeout: 0 }))[0]!, common);

export const certificateCalls: Record<string, Calls> = {
  CertificateManager: {
    ...managerCalls((client) => client.certificates, { key: fingerprint, edit, common }),
    create: on((of, { timed }) => of.create({ certificate: other.clientCert }, timed)),
    ensure: [
      on((of, { timed }) => of.ensure(fingerprint, { name: 'odd' }, timed)),
      on((of, { timed }) => of.ensure(other.clientCert, { name: 'odd' }, timed)),
    ],
    createToken: on((of, { timed }) => of.createToken({ name: 'new' }, timed)),
    tokens: on((of, { timed }) => of.tokens(timed)),
  },

  TrustedCertificate: {
    ...modelCalls(async (client) => client.certificates.get(fingerprint), { edit, common }),
    rename: quiet('it cannot be renamed'),
  },

  PendingToken: { cancel: token((one, { timed }) => one.cancel(timed)) },
};
