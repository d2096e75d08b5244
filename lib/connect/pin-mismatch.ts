import type { X509Certificate } from 'node:crypto';
import type { CertificateFingerprints } from '../errors/index.js';
import { fingerprint } from './pem.js';

type Pins = readonly X509Certificate[];

/** What to say of a server that shows another certificate than the pinned one. */
export function pinMismatch(pins: Pins, offered: X509Certificate | undefined): string {
  const { expected, offered: shown } = fingerprintsOf(pins, offered);
  const what = `the server shows another certificate than serverCert: expected SHA-256 ${expected ?? 'none'}`;
  if (offered === undefined)
    return `${what}, and it shows none that can be read: is this the port of the API?`;
  return (
    `${what}, offered SHA-256 ${shown ?? 'none'} (made on ${dayOf(offered.validFrom)}). ${reasonFor(pins, offered)} ` +
    'Compare the offered one with certificate_fingerprint of `lxc info` or `incus info` on the server itself. If it is ' +
    'the same, pin it: pass its text as serverCert, or, for a remote, let `lxc` or `incus` do it by `remote remove` and ' +
    '`remote add`. If it is not, do not connect'
  );
}

/** The fields of the error. */
export function fingerprintsOf(pins: Pins, offered: X509Certificate | undefined): CertificateFingerprints {
  const [pin] = pins;
  return { expected: pin && fingerprint(pin), offered: offered && fingerprint(offered) };
}

function reasonFor(pins: Pins, offered: X509Certificate): string {
  const key = keyOf(offered);
  // The handshake has proved that who answers has the key.
  if (pins.some((pin) => keyOf(pin).equals(key))) {
    return 'Its key is that of serverCert, so that it was most likely renewed.';
  }
  return (
    'The server may have been reinstalled, or its certificate renewed; it may have formed or joined a cluster, all ' +
    'members of which show the certificate of the cluster; or somebody else answers in its place.'
  );
}

function keyOf({ publicKey }: X509Certificate): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' });
}

/** `2026-11-29`, or as it is written where that is no date. */
function dayOf(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : date.toISOString().slice(0, 10);
}
