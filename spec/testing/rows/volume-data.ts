import type { Row, Step } from '../walk.js';

const volumes = '/1.0/storage-pools/default/volumes/custom';
const backups = `${volumes}/{name}-v/backups`;
const file = { 'Content-Type': 'application/octet-stream' };

/** A file that is sent to become a volume, with what its headers say in the words of both products. */
function sent(path: string, body: string, said: Readonly<Record<string, string>> = {}): Step {
  const headers = Object.entries(said).flatMap(([name, value]) => [
    [`X-LXD-${name}`, value],
    [`X-Incus-${name}`, value],
  ]);
  return ['POST', path, body, { ...file, ...(Object.fromEntries(headers) as Record<string, string>) }];
}

/** Backups of volumes, and what is no file of one. */
export const volumeData: readonly Row[] = [
  {
    kind: 'volume backups',
    path: backups,
    make: { name: '{name}', expires_at: '2040-01-02T03:04:05Z', volume_only: true },
    look: [`${backups}?recursion=1`],
    setUp: [
      ['GET', backups],
      ['POST', backups, { name: 'x' }],
      ['POST', volumes, { name: '{name}-v', config: { 'user.a': '1' } }],
      ['POST', `${volumes}/{name}-v/snapshots`, { name: 's' }],
    ],
    before: [
      ...[
        { compression_algorithm: 'nope' },
        { compression_algorithm: 1 },
        { volume_only: 'x' },
        { optimized_storage: 'x' },
        { expires_at: 'soon' },
      ].map((body): Step => ['POST', backups, { name: 'x', ...body }]),
      ['POST', backups, { name: 'o', optimized_storage: true, compression_algorithm: 'none' }],
      ['GET', `${backups}/o`],
      ['DELETE', `${backups}/o`],
      ...['container', 'nope'].flatMap((type) =>
        ['GET', 'POST'].map((method): Step => [
          method,
          `/1.0/storage-pools/default/volumes/${type}/x/backups`,
          { name: 'x' },
        ]),
      ),
      ['GET', `/1.0/storage-pools/{name}/volumes/custom/x/backups`],
    ],
    steps: [
      ['GET', `${backups}/{name}-no/export`],
      ['POST', `${backups}/{name}/export`, {}],
      sent(volumes, 'no backup at all', { name: '{name}-i' }),
      sent(volumes, ''),
      sent(`/1.0/storage-pools/default/volumes`, 'x'),
      sent(`/1.0/storage-pools/default/volumes/container`, 'no backup at all'),
      sent(volumes, 'an image', { name: '{name}-i', type: 'iso' }),
      ['GET', `${volumes}/{name}-i`],
      sent(volumes, 'an image', { name: '{name}-i', type: 'iso' }),
      ['PUT', `${volumes}/{name}-i`, { description: 'd', config: { size: '8' } }],
      ['PUT', `${volumes}/{name}-i`, { description: 'd', config: { size: '9' } }],
      ['GET', `${volumes}/{name}-i`],
      ['POST', `${volumes}/{name}-i/snapshots`, { name: 's' }],
      ['POST', `${volumes}/{name}-i/backups`, { name: 'b' }],
      ['DELETE', `${volumes}/{name}-i`],
      sent(volumes, 'an image', { type: 'iso' }),
      sent(volumes, '', { name: '{name}-i', type: 'iso' }),
      sent(volumes, 'an image', { name: '{name}-i', type: 'tar' }),
      ['POST', volumes, 'x', { 'Content-Type': 'application/octet-stream; x=y' }],
    ],
    after: [
      ['POST', backups, { name: 'last' }],
      ['DELETE', `${volumes}/{name}-v`],
    ],
  },
];
