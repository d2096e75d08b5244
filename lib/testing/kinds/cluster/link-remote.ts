import type { X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { fingerprintOf } from '../../http/certificate.js';
import { isObject, parseJson } from '../../http/decode.js';
import { reasonOf } from '../../remote/web.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import { settingsOf } from '../server/settings.js';

/** How long another cluster may take to answer, in milliseconds. */
const patience = 5000;

/** An address as `host:port`. */
export function withPort(address: string): string {
  return /:\d+$/.test(address) ? address : `${address}:8443`;
}

/** The certificate that an address shows to anybody. @throws Error */
export async function shownAt(address: string): Promise<X509Certificate> {
  const { hostname: host, port } = new URL(`https://${address}`);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: host.replace(/^\[|\]$/g, ''),
      port: Number(port),
      rejectUnauthorized: false,
    });
    const end = (error?: Error) => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate && !error) resolve(certificate);
      else reject(error ?? new Error('no certificate'));
    };
    socket.setTimeout(patience, () => end(new Error('context deadline exceeded')));
    socket.once('secureConnect', () => end());
    socket.once('error', end);
  });
}

/** The certificate that these addresses show, which has to be this one. @throws Refusal */
export async function checkedAt(
  state: State,
  addresses: readonly string[],
  fingerprint: string,
): Promise<X509Certificate> {
  const failed = 'Failed validating cluster certificate';
  let reason = 'no addresses';
  for (const address of addresses.map(withPort)) {
    try {
      const shown = await shownAt(address);
      if (fingerprintOf(shown) === fingerprint) return shown;
      throw new Refusal(
        400,
        `${failed}: Certificate fingerprint mismatch between ${fingerprint} and ${fingerprintOf(shown)}`,
      );
    } catch (error) {
      if (error instanceof Refusal) throw error;
      reason = reasonOf(error as Error, `https://${address}`, state.product);
    }
  }
  throw new Refusal(400, `${failed}: ${reason}`);
}

/** What a cluster answers, asked by this one; with its certificate, where it is to know who asks. */
export async function askAt(
  state: State,
  address: string,
  certificate: string,
  { path, body, named = true }: { path: string; body?: object; named?: boolean },
): Promise<{ status: number; metadata: unknown; error: string }> {
  const { keys } = settingsOf(state);
  return new Promise((resolve, reject) => {
    const outgoing = request(`https://${withPort(address)}${path}`, {
      method: body ? 'POST' : 'GET',
      agent: false,
      timeout: patience,
      ca: certificate,
      checkServerIdentity: () => undefined,
      ...(named && keys && { cert: keys.cert, key: keys.key }),
      ...(body && { headers: { 'content-type': 'application/json' } }),
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('context deadline exceeded')));
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      text(response)
        .then((answer) => {
          const { metadata, error } = parsed(answer);
          resolve({
            status: response.statusCode ?? 0,
            metadata,
            error: typeof error === 'string' ? error : '',
          });
        })
        .catch(reject);
    });
    outgoing.end(body && JSON.stringify(body));
  });
}

function parsed(answer: string): Record<string, unknown> {
  try {
    const value = parseJson(answer);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
