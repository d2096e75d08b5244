import { shapeOf, type Shape } from './shape.js';
import type { Subject } from './subject.js';

/** What a server answers to the calls of the SDK's managers, as shapes, by the call. */
export async function walk(subject: Subject): Promise<Record<string, Shape>> {
  const seen: Record<string, Shape> = {};
  const name = subject.name('walk');
  const path = `/1.0/instances/${name}`;
  const profile = subject.name('profile');

  const see = async (label: string, method: string, target: string, body?: unknown) => {
    const { status, headers, body: said } = await subject.call(method, target, body);
    const { operation = '' } = said;
    const wait = operation && (await subject.call('GET', `${operation}/wait`));
    const ended = operation && ((await subject.read(operation)) as object);
    seen[label] = {
      status: String(status),
      etag: String(headers.etag !== undefined),
      location: String(headers.location !== undefined),
      body: shapeOf({ ...said, metadata: operation ? withoutProgress(said.metadata) : said.metadata }, ''),
      ...(wait && { wait: String(wait.body.type) }),
      ...(ended && { ended: shapeOf(withoutProgress(ended)) }),
    };
    return said.metadata as unknown;
  };

  await see('GET /1.0', 'GET', '/1.0');
  await see('POST profile', 'POST', '/1.0/profiles', {
    name: profile,
    config: { 'user.a': '1' },
    devices: { d: { type: 'none' } },
  });
  const create = {
    name,
    profiles: ['default', profile],
    source: { type: 'image', alias: subject.imageAlias },
  };
  await see('POST instance', 'POST', '/1.0/instances', create);
  await see('POST instance that is there', 'POST', '/1.0/instances', create);
  await see('GET instance', 'GET', path);
  await see('GET state of a stopped instance', 'GET', `${path}/state`);
  await see('PUT state start', 'PUT', `${path}/state`, { action: 'start' });
  await see('GET running instance', 'GET', path);
  await see('GET state of a running instance', 'GET', `${path}/state`);
  await see('PATCH instance', 'PATCH', path, { config: { 'user.a': '2' } });
  await see('PATCH instance refused', 'PATCH', path, { config: { nope: '2' } });
  await see('POST snapshot', 'POST', `${path}/snapshots`, { name: 'one' });
  await see('GET snapshots', 'GET', `${path}/snapshots`);
  await see('GET snapshots, recursion 1', 'GET', `${path}/snapshots?recursion=1`);
  await see('GET snapshot', 'GET', `${path}/snapshots/one`);
  await see('PUT state stop', 'PUT', `${path}/state`, { action: 'stop', force: true });
  for (const recursion of [0, 1, 2]) {
    const filter = encodeURIComponent(`name eq ${name}`);
    await see(
      `GET instances, recursion ${String(recursion)}`,
      'GET',
      `/1.0/instances?recursion=${String(recursion)}&filter=${filter}`,
    );
  }
  await see('GET profile', 'GET', `/1.0/profiles/${profile}`);
  const source = { type: 'instance', name };
  const publish = await subject.run('POST', '/1.0/images', { source, properties: { name } });
  const image = `/1.0/images/${String(publish.metadata?.fingerprint)}`;
  seen['POST image'] = shapeOf(withoutProgress(publish));
  await see('GET image', 'GET', image);
  const alias = { name: `${name}/alias`, target: String(publish.metadata?.fingerprint) };
  await see('POST alias', 'POST', '/1.0/images/aliases', alias);
  await see('GET alias', 'GET', `/1.0/images/aliases/${encodeURIComponent(alias.name)}`);
  await see('DELETE alias', 'DELETE', `/1.0/images/aliases/${encodeURIComponent(alias.name)}`);
  await see('DELETE image', 'DELETE', image);
  await see('DELETE snapshot', 'DELETE', `${path}/snapshots/one`);
  await see('DELETE instance', 'DELETE', path);
  await see('GET instance that is gone', 'GET', path);
  await see('DELETE profile', 'DELETE', `/1.0/profiles/${profile}`);
  return seen;
}

/** Progress comes and goes with the speed of the machine. */
function withoutProgress(operation: unknown): unknown {
  const { metadata, ...rest } = operation as { metadata: Record<string, unknown> | null };
  const kept = Object.entries(metadata ?? {}).filter(([key]) => !key.endsWith('progress'));
  return { ...rest, metadata: metadata && Object.fromEntries(kept) };
}
