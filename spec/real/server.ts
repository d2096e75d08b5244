import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { buildTinyImage } from '../../examples/support/tiny-image.js';
import { raw, type RawAnswer } from './raw.js';

/** What probe.js says of a server that answers. */
export interface ServerFacts {
  product: 'lxd' | 'incus';
  /** `LXD` or `Incus`. */
  name: string;
  version: string;
  socketPath: string;
  httpsUrl: string;
  /** The server's own certificate, PEM. */
  serverCert: string;
  /** Is there a profile `tslxd-net`, which gives containers an eth0 with DHCP? */
  hasNetwork: boolean;
}

/** A real daemon on this machine, and ways to see and change it that know nothing of the SDK. */
export interface RealServer extends ServerFacts {
  /** Every name that `uniqueName` gives starts so: specs that run at the same time do not disturb each other. */
  prefix: string;
  imageAlias: string;
  /** A name that nothing else has; `cleanup()` removes what bears it. */
  uniqueName(label?: string): string;
  /** The same for a network, whose name has at most 15 letters; there is room for six more. */
  uniqueNetwork(): string;
  /** One call, answered with whatever the server says, errors too. */
  raw<T = unknown>(method: string, path: string, body?: unknown): Promise<RawAnswer<T>>;
  /** A call that must succeed, its operation included; resolves with the metadata of the answer or operation. */
  run<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
  /** Deletes it and waits for that; what is gone already, or goes meanwhile, is well. */
  remove(path: string): Promise<void>;
  /** The metadata of a GET that must succeed. */
  read<T = unknown>(path: string): Promise<T>;
  /** The fingerprint of the busybox image, which is uploaded if it is missing. */
  ensureImage(): Promise<string>;
  /** Lets a client with this certificate in; resolves with a function that shuts it out again. */
  trustClient(certPem: string, name?: string): Promise<() => Promise<void>>;
  /** Deletes the projects, instances, images, profiles, networks, ACLs and pools whose names start so; an image by an alias or a property. */
  cleanup(prefix?: string): Promise<void>;
}

export function realServer(facts: ServerFacts): RealServer {
  const prefix = `tslxd-${randomBytes(3).toString('hex')}`;
  const imageAlias = 'tslxd-busybox';
  let names = 0;

  const server: RealServer = {
    ...facts,
    prefix,
    imageAlias,
    uniqueName: (label = 'x') => `${prefix}-${label}-${++names}`,
    uniqueNetwork: () => `${networkPrefix(prefix)}${String(++names)}`,
    raw: (method, path, body) => raw(facts.socketPath, method, path, body),
    read: (path) => server.run('GET', path),

    async run<T>(method: string, path: string, body?: unknown): Promise<T> {
      const answer = await server.raw<Operation & T>(method, path, body);
      const isAsync = answer.body.type === 'async';
      const wait = answer.body.operation?.replace(/\?|$/, '/wait$&');
      const end = isAsync ? await server.raw<Operation & T>('GET', wait) : answer;
      const failure = end.body.type === 'error' ? end.body.error : isAsync && end.body.metadata.err;
      if (failure) throw new Error(`${method} ${path} on ${facts.name}: ${failure}`);
      return end.body.metadata;
    },

    async remove(path) {
      await server.run('DELETE', path).catch(async (error: unknown) => {
        if ((await server.raw('GET', path)).status !== 404) throw error;
      });
    },

    async ensureImage() {
      const alias = `/1.0/images/aliases/${imageAlias}`;
      const known = await server.raw<{ target: string }>('GET', alias);
      if (known.status === 200) return known.body.metadata.target;
      const image = await buildTinyImage();
      const target = createHash('sha256').update(image).digest('hex');
      const refusals: string[] = [];
      // More than once: a daemon that has just begun may refuse (seen once with LXD on a busy machine).
      for (let attempt = 0; attempt < 3; attempt++) {
        // Another spec file may do the same right now: only the end counts.
        await server
          .run('POST', '/1.0/images', image)
          .catch((error: unknown) => refusals.push(String(error)));
        const named = await server.raw('POST', '/1.0/images/aliases', { name: imageAlias, target });
        const { status, body } = await server.raw<{ target: string }>('GET', alias);
        if (status === 200) return body.metadata.target;
        refusals.push(named.body.error, body.error);
        await delay(1000);
      }
      throw new Error(`${facts.name} takes no ${imageAlias}: ${refusals.join('; ')}`);
    },

    async trustClient(certPem, name = server.uniqueName('client')) {
      const der = new X509Certificate(certPem).raw;
      const fingerprint = createHash('sha256').update(der).digest('hex');
      await server.run('POST', '/1.0/certificates', {
        type: 'client',
        name,
        certificate: der.toString('base64'),
      });
      return () => server.run('DELETE', `/1.0/certificates/${fingerprint}`);
    },

    cleanup: (start = prefix) => cleanup(server, start),
  };
  return server;
}

async function cleanup(server: RealServer, prefix: string): Promise<void> {
  const ours = (name: string): boolean => name.startsWith(prefix);
  const projects = await server.read<{ name: string }[]>('/1.0/projects?recursion=1');
  for (const { name } of projects) if (ours(name)) await deleteProject(server, name);
  const [instances, images, profiles] = await Promise.all([
    server.read<RawInstance[]>('/1.0/instances?recursion=1'),
    server.read<RawImage[]>('/1.0/images?recursion=1'),
    server.read<{ name: string }[]>('/1.0/profiles?recursion=1'),
  ]);
  for (const instance of instances) if (ours(instance.name)) await deleteInstance(server, instance);
  for (const { fingerprint, aliases, properties } of images) {
    const words = [...(aliases ?? []).map((alias) => alias.name), ...Object.values(properties ?? {})];
    if (words.some(ours)) await server.remove(`/1.0/images/${fingerprint}`);
  }
  for (const { name } of profiles) if (ours(name)) await server.remove(`/1.0/profiles/${name}`);
  const networks = await server.read<{ name: string }[]>('/1.0/networks?recursion=1');
  // Backwards: the longer name may be that of one which is on the other.
  for (const { name } of networks.reverse())
    if (name.startsWith(networkPrefix(prefix))) await server.remove(`/1.0/networks/${name}`);
  const [acls, pools] = await Promise.all([
    server.read<{ name: string }[]>('/1.0/network-acls?recursion=1'),
    server.read<{ name: string }[]>('/1.0/storage-pools?recursion=1'),
  ]);
  // Backwards: those made later may use those made before.
  for (const { name } of acls.reverse()) if (ours(name)) await server.remove(`/1.0/network-acls/${name}`);
  for (const { name } of pools ?? []) if (ours(name)) await deletePool(server, name);
}

/** `tx1a2b3c` of `tslxd-1a2b3c`. */
function networkPrefix(prefix: string): string {
  return prefix.replace(/^tslxd-/, 'tx');
}

async function deletePool(server: RealServer, name: string): Promise<void> {
  const path = `/1.0/storage-pools/${name}`;
  const volumes = await server.read<{ name: string }[]>(`${path}/volumes/custom?recursion=1`);
  // Some servers list a volume's snapshots beside it, which go with it.
  const whole = volumes.filter((volume) => !volume.name.includes('/'));
  for (const volume of whole) await server.remove(`${path}/volumes/custom/${volume.name}`);
  await server.remove(path);
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

interface Operation {
  err: string;
}

interface RawInstance {
  name: string;
  status: string;
}

interface RawImage {
  fingerprint: string;
  aliases: { name: string }[] | null;
  properties: Record<string, string> | null;
}
