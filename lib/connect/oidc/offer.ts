import type { IncomingHttpHeaders } from 'node:http';
import type { Product } from '../options.js';

/** How a server wants us to log in, as its refusals tell. */
export interface OidcOffer {
  product: Product;
  issuer: string;
  clientId: string;
  audience: string | undefined;
  scopes: string[];
}

/** What the servers take where they do not say. */
const usual = {
  incus: ['openid', 'offline_access'],
  lxd: ['openid', 'email', 'offline_access', 'profile'],
} as const;

const products = ['lxd', 'incus'] as const;

/** The offer of a refusal; undefined where there is none. Both 401 and 403 have it. */
export function offerOf(headers: IncomingHttpHeaders): OidcOffer | undefined {
  for (const product of products) {
    const read = (name: string) => textOf(headers[`x-${product}-oidc-${name}`]);
    const [issuer, clientId] = [read('issuer'), read('clientid')];
    if (issuer === undefined || clientId === undefined) continue;
    const groups = read('groups-claim'); // of LXD before it named the scopes
    const named = scopesOf(read('scopes'));
    const scopes = named.length > 0 ? named : [...usual[product], ...(groups === undefined ? [] : [groups])];
    return { product, issuer, clientId, audience: read('audience'), scopes };
  }
  return undefined;
}

/** The same headers without the offer: it is taken, and is no advice to who reads the refusal. */
export function withoutOffer(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const rest = Object.entries(headers).filter(([name]) => !/^x-(lxd|incus)-oidc-/.test(name));
  return Object.fromEntries(rest);
}

/** Incus has a list with commas, LXD a list in JSON, and providers one with spaces. */
function scopesOf(text = ''): string[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    list = text.split(/[\s,]+/);
  }
  const all: unknown[] = Array.isArray(list) ? list : [];
  return all.filter((one): one is string => typeof one === 'string' && one !== '');
}

function textOf(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value[0] : value;
  return text?.trim() || undefined;
}
