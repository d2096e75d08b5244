// Which real servers answer on this machine? Plain JavaScript, since servers.sh runs it before `npm ci`
// and jest.config.ts for the harness.
//
//   node spec/real/probe.js             a JSON list with both products, for the harness
//   node spec/real/probe.js --text      the same for people, of one product if named; exit code 1 as below
//   node spec/real/probe.js lxd|incus   the socket that answers, and exit code 1 if none does
import { request } from 'node:http';
import { join } from 'node:path';

const { env } = process;

const products = [
  {
    product: 'lxd',
    name: 'LXD',
    sockets: sockets(env.LXD_SOCKET, env.LXD_DIR, ['/var/snap/lxd/common/lxd', '/var/lib/lxd']),
  },
  {
    product: 'incus',
    name: 'Incus',
    sockets: sockets(env.INCUS_SOCKET, env.INCUS_DIR, ['/run/incus', '/var/lib/incus']),
  },
];

// A variable that is set decides alone, as in the Go clients.
function sockets(socket, folder, usualFolders) {
  if (socket) return [socket];
  return (folder ? [folder] : usualFolders).map((path) => join(path, 'unix.socket'));
}

function get(socketPath, path) {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, timeout: 10_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode !== 200) return reject(new Error(`HTTP ${response.statusCode}`));
        resolve(JSON.parse(text).metadata);
      });
    });
    call.on('timeout', () => call.destroy(new Error('no answer within 10 s')));
    call.on('error', reject);
    call.end();
  });
}

async function find({ product, name, sockets }) {
  const failures = [];
  for (const socketPath of sockets) {
    try {
      const { environment } = await get(socketPath, '/1.0');
      const [address] = environment.addresses ?? [];
      const profiles = await get(socketPath, '/1.0/profiles');
      return {
        product,
        name,
        socketPath,
        version: environment.server_version,
        httpsUrl: address && `https://${address}`,
        serverCert: environment.certificate,
        hasNetwork: profiles.some((url) => url.endsWith('/tslxd-net')),
      };
    } catch (error) {
      failures.push(`${socketPath}: ${error.code ?? error.message}`);
    }
  }
  return { product, name, reason: failures.join(', ') };
}

const wanted = process.argv.slice(2);
const asText = wanted.includes('--text');
const chosen = products.filter(({ product }) => wanted.includes(product));
const found = await Promise.all((chosen.length > 0 ? chosen : products).map(find));

if (asText) {
  for (const { name, version, socketPath, httpsUrl, hasNetwork, reason } of found) {
    const details = `${httpsUrl ?? 'no HTTPS'}, ${hasNetwork ? 'profile tslxd-net' : 'no network'}`;
    console.log(reason ? `${name}: no answer (${reason})` : `${name} ${version}: ${socketPath}, ${details}`);
  }
} else if (chosen.length > 0) {
  for (const { socketPath } of found) if (socketPath) console.log(socketPath);
} else {
  console.log(JSON.stringify(found));
}
if (wanted.length > 0 && found.some(({ reason }) => reason)) process.exitCode = 1;
