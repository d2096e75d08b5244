import { X509Certificate } from 'node:crypto';
import type { RealServer } from './server.js';

/** Deletes all that bears a name which starts so, what uses others before those. */
export async function cleanup(server: RealServer, prefix: string): Promise<void> {
  const ours = (name: string): boolean => name.startsWith(prefix);
  for (const name of await namesIn(server, '/1.0/projects'))
    if (ours(name)) await deleteProject(server, name);
  const [instances, images] = await Promise.all([
    server.read<RawInstance[]>('/1.0/instances?recursion=1'),
    server.read<RawImage[]>('/1.0/images?recursion=1'),
  ]);
  for (const instance of instances) if (ours(instance.name)) await deleteInstance(server, instance);
  for (const { fingerprint, aliases, properties } of images) {
    const words = [...(aliases ?? []).map((alias) => alias.name), ...Object.values(properties ?? {})];
    if (words.some(ours)) await server.remove(`/1.0/images/${fingerprint}`);
  }
  const ourNetwork = (name: string) => name.startsWith(networkPrefix(prefix));
  await removeFrom(server, '/1.0/profiles', ours);
  await removeFrom(server, '/1.0/networks', ourNetwork);
  // What networks use; ACLs use address sets.
  for (const list of ['network-acls', 'network-address-sets', 'network-zones', 'network-integrations'])
    await removeFrom(server, `/1.0/${list}`, ours);
  for (const name of await namesIn(server, '/1.0/storage-pools')) {
    await removeFrom(server, `/1.0/storage-pools/${name}/volumes/custom`, ours(name) ? () => true : ours);
    if (ours(name)) await server.remove(`/1.0/storage-pools/${name}`);
  }
  const [certificates, warnings] = await Promise.all([
    server.read<RawCertificate[]>('/1.0/certificates?recursion=1'),
    server.read<RawWarning[]>('/1.0/warnings?recursion=1'),
  ]);
  for (const { fingerprint, name, certificate } of certificates)
    if (ours(name) || ours(commonNameOf(certificate)))
      await server.remove(`/1.0/certificates/${fingerprint}`);
  for (const id of await tokensOf(server, ours)) await server.remove(`/1.0/operations/${id}`);
  for (const { uuid, last_message, entity_url } of warnings)
    if ((last_message + entity_url).includes(prefix)) await server.remove(`/1.0/warnings/${uuid}`);
}

/** The operations of trust tokens for these names, which nobody has used. */
async function tokensOf(server: RealServer, ours: (name: string) => boolean): Promise<string[]> {
  // By state; null where there are none.
  const operations = await server.read<Record<string, RawToken[]> | null>('/1.0/operations?recursion=1');
  const tokens = Object.values(operations ?? {}).flat();
  return tokens
    .filter((one) => one.class === 'token' && one.status_code === running)
    .filter(({ metadata }) => ours(metadata?.request?.name ?? ''))
    .map(({ id }) => id);
}

/** `tx1a2b3c` of `tslxd-1a2b3c`. */
export function networkPrefix(prefix: string): string {
  return prefix.replace(/^tslxd-/, 'tx');
}

/** The names in a list; of one that the server does not have, none. A list of URLs, which no other's deletion makes fail. */
export async function namesIn(server: RealServer, path: string): Promise<string[]> {
  const { status, body } = await server.raw<string[] | null>('GET', path);
  if (status === 404) return [];
  if (status !== 200) throw new Error(`GET ${path} on ${server.name}: ${body.error}`);
  const names = (body.metadata ?? []).map((url) => url.slice(path.length + 1).replace(/\?.*/, ''));
  // Some servers list a volume's snapshots beside it, which go with it.
  return names.map(decodeURIComponent).filter((name) => !name.includes('/'));
}

/** Backwards: those made later may use those made before; the longer name of a network may be of one on the other. */
async function removeFrom(server: RealServer, path: string, ours: (name: string) => boolean): Promise<void> {
  const names = await namesIn(server, path);
  for (const name of names.reverse())
    if (ours(name)) await server.remove(`${path}/${encodeURIComponent(name)}`);
}

function commonNameOf(certificate: string): string {
  return /^CN=(.*)$/m.exec(new X509Certificate(certificate).subject)?.[1] ?? '';
}

/** With all that is in it. */
async function deleteProject(server: RealServer, project: string): Promise<void> {
  const query = `?project=${project}`;
  const instances = await server.read<RawInstance[]>(`/1.0/instances${query}&recursion=1`);
  for (const instance of instances) await deleteInstance(server, instance, query);
  const left = await server.read<{ used_by: string[] }>(`/1.0/projects/${project}`);
  const own = left.used_by.filter((url) => !url.startsWith('/1.0/profiles/default?'));
  for (const url of own.reverse()) await server.remove(url);
  await server.remove(`/1.0/projects/${project}`);
}

async function deleteInstance(server: RealServer, { name, status }: RawInstance, query = ''): Promise<void> {
  const path = `/1.0/instances/${name}`;
  // A stop that a spec began may end just now: whether it can be deleted is what counts.
  const stop = { action: 'stop', force: true };
  if (status !== 'Stopped') await server.run('PUT', `${path}/state${query}`, stop).catch(() => undefined);
  // An ephemeral instance is gone with its stop.
  await server.remove(path + query);
}

interface RawInstance {
  name: string;
  status: string;
}

/** Of an operation; one that was used is listed for some seconds more. */
const running = 103;

interface RawToken {
  id: string;
  class: string;
  status_code: number;
  metadata: { request?: { name?: string } } | null;
}

interface RawImage {
  fingerprint: string;
  aliases: { name: string }[] | null;
  properties: Record<string, string> | null;
}

interface RawCertificate {
  fingerprint: string;
  name: string;
  /** PEM. */
  certificate: string;
}

interface RawWarning {
  uuid: string;
  last_message: string;
  entity_url: string;
}
