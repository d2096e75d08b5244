import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { buildTinyImage } from '../../examples/support/tiny-image.js';
import { cleanup, networkPrefix } from './cleanup.js';
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
  /**
   * Deletes the projects, instances, profiles, networks, ACLs, address sets, zones, integrations, pools and custom volumes
   * whose names start so, and the trust tokens that nobody has used; an image by an alias or a property, a certificate by
   * its common name too, and a warning by what it says.
   */
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
      return () => server.remove(`/1.0/certificates/${fingerprint}`);
    },

    cleanup: (start = prefix) => cleanup(server, start),
  };
  return server;
}

interface Operation {
  err: string;
}
