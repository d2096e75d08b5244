import {
  createIdentity,
  type AuthGroup,
  type Client,
  type Identity,
  type IdentityProviderGroup,
} from 'tslxd';
import type { FakeServer } from 'tslxd/testing';
import { callsOn, quiet, type Calls } from './call.js';
import { managerCalls, modelCalls } from './kinds.js';

const { clientCert: certificate, fingerprint } = createIdentity({ name: 'laptop' });
const other = createIdentity({ name: 'other' }).clientCert;
const common = {
  before: async (fake: FakeServer) => {
    const { auth } = fake.client();
    await auth.groups.create({
      name: 'ops',
      permissions: [{ entityType: 'server', url: '/1.0', entitlement: 'viewer' }],
    });
    await auth.groups.create('dev');
    await auth.identityProviderGroups.create({ name: 'staff', groups: ['dev'] });
    await auth.identities.create({ name: 'alice', certificate });
    const ci = await auth.identities.create({ name: 'ci', type: 'Client token bearer' });
    await ci.issueToken();
  },
};
const key = `tls/${fingerprint}`;
const identities = callsOn((client) => client.auth.identities, common);
const identity = callsOn((client) => client.auth.identities.get(key), common);
const bearer = callsOn((client) => client.auth.identities.get('bearer/ci'), common);
const groups = callsOn((client) => client.auth.groups, common);
const providerGroups = callsOn((client) => client.auth.identityProviderGroups, common);
const joined = ({ groups: list }: Identity | IdentityProviderGroup) => {
  list.push('ops');
};
const allowed = ({ permissions }: AuthGroup) => {
  permissions.push({ entityType: 'server', url: '/1.0', entitlement: 'can_view_events' });
};

/** LXD's identities, groups and permissions. */
export const authCalls: Record<string, Calls> = {
  Auth: {
    permissions: callsOn((client: Client) => client.auth, common)((of, { timed }) => of.permissions(timed)),
  },

  IdentityManager: {
    ...managerCalls((client) => client.auth.identities, { key, edit: joined, common }),
    create: [
      identities((of, { timed }) => of.create({ name: 'bob', certificate: other }, timed)),
      identities((of, { timed }) => of.create({ name: 'cd', type: 'Client token bearer' }, timed)),
    ],
    ensure: [
      identities((of, { timed }) => of.ensure(key, { groups: ['ops'] }, timed)),
      identities((of, { timed }) => of.ensure('tls/bob', { certificate: other }, timed)),
    ],
    createToken: identities((of, { timed }) => of.createToken({ name: 'bob' }, timed)),
    current: quiet('over a socket it asks no server'),
  },

  Identity: {
    ...modelCalls(async (client) => client.auth.identities.get(key), { edit: joined, common }),
    rename: quiet('it cannot be renamed'),
    replaceCertificate: identity((one, { timed }) => one.replaceCertificate(other, timed)),
    issueToken: bearer((one, { timed }) => one.issueToken({ expiry: '1d', ...timed })),
    revokeToken: bearer((one, { timed }) => one.revokeToken(timed)),
  },

  'client.auth.groups': {
    ...managerCalls((client) => client.auth.groups, { key: 'ops', edit: allowed, common }),
    create: groups((of, { timed }) => of.create('new', timed)),
    ensure: groups((of, { timed }) => of.ensure('ops', { description: 'odd' }, timed)),
  },

  AuthGroup: {
    ...modelCalls(async (client) => client.auth.groups.get('ops'), { edit: allowed, common }),
  },

  'client.auth.identityProviderGroups': {
    ...managerCalls((client) => client.auth.identityProviderGroups, { key: 'staff', edit: joined, common }),
    create: providerGroups((of, { timed }) => of.create({ name: 'new', groups: ['ops'] }, timed)),
    ensure: providerGroups((of, { timed }) => of.ensure('staff', { groups: ['ops'] }, timed)),
    watch: quiet('no server tells of them'),
  },

  IdentityProviderGroup: {
    ...modelCalls(async (client) => client.auth.identityProviderGroups.get('staff'), {
      edit: joined,
      common,
    }),
  },
};
