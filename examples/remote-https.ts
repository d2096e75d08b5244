// A server on the network, with a client certificate. How to make one: examples/guides/connecting.md
//
//   TSLXD_ENDPOINT     https://host:8443
//   TSLXD_CLIENT_CERT  the file of your certificate, which the server trusts
//   TSLXD_CLIENT_KEY   the file of its private key
//   TSLXD_SERVER_CERT  the file of the server's certificate: the one that must answer
import { readFile } from 'node:fs/promises';
import { CertificateError, Client, ConnectionError } from 'tslxd';

function setting(name: string): string {
  const value = process.env[name];
  if (value) return value;
  console.error(
    `Set ${name}: this example connects to a server on the network. Its first lines say what is needed.`,
  );
  process.exit(1);
}

const endpoint = setting('TSLXD_ENDPOINT');
const files = ['TSLXD_CLIENT_CERT', 'TSLXD_CLIENT_KEY', 'TSLXD_SERVER_CERT'].map(setting);
const [clientCert, clientKey, serverCert] = await Promise.all(files.map((file) => readFile(file, 'utf8')));

try {
  // The options take PEM text, wherever it comes from.
  await using client = await Client.connect({ endpoint, clientCert, clientKey, serverCert });
  const { product, version, auth } = client.server;
  console.log(`${product} ${version} at ${endpoint}: we are ${auth}`);
  if (auth === 'trusted') console.log('instances:', (await client.instances.names()).length);
  else console.log('The server answers, but does not know our certificate: add it to its trust store.');
} catch (error) {
  // A certificate that is not the expected one is never talked to.
  if (!(error instanceof CertificateError || error instanceof ConnectionError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
