import type { Row, Step } from '../walk.js';

/** Profiles. */
export const profiles: Row = {
  kind: 'profiles',
  path: '/1.0/profiles',
  make: {
    name: '{name}',
    description: 'd',
    config: { 'user.a': '1', 'user.b': '' },
    devices: { d: { type: 'none' } },
  },
  before: [
    ...[
      { config: { nope: '1' } },
      { config: { 'volatile.uuid': '1' } },
      { devices: { d: {} } },
      { devices: { d: { type: 'nope' } } },
    ].map((more): Step => ['POST', '/1.0/profiles', { name: '{name}-x', ...more }]),
  ],
  steps: [
    ...['', 'x', 'default'].map((name): Step => ['POST', '/1.0/profiles/default', { name }]),
    ['POST', '/1.0/profiles/default', 'x'],
    ['DELETE', '/1.0/profiles/default'],
    ...['.', '..', 'default', '{name}'].map((name): Step => ['POST', '/1.0/profiles/{name}-no', { name }]),
    [
      'PATCH',
      '/1.0/profiles/{name}',
      { config: { 'user.a': null }, devices: { e: { type: 'none' }, d: null } },
    ],
    [
      'POST',
      '/1.0/instances',
      { name: '{name}-i', source: { type: 'none' }, profiles: ['default', '{name}'] },
    ],
    ['DELETE', '/1.0/profiles/{name}'],
    ['DELETE', '/1.0/instances/{name}-i'],
  ],
};
