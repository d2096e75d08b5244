import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { addRemote, Client, remotes } from 'tslxd';
import { makeCertificate, type MadeCertificate } from '../support/certificates.js';
import { useConfiguration } from '../support/configuration.js';
import { describeReal } from './harness.js';

const run = promisify(execFile);

describeReal('remotes of the command line', (server) => {
  const configuration = useConfiguration();
  const { product } = server;
  const command = product === 'lxd' ? 'lxc' : 'incus';
  const endpoint = server.httpsUrl;
  const { serverCert } = server;
  const folder = () => configuration[product];
  const line = async (...words: string[]) => {
    const running = run(command, words, { env: process.env }); // jest has one of its own
    running.child.stdin?.end(); // some read their input from what is no terminal
    return (await running).stdout;
  };

  let mine: MadeCertificate;
  let distrust: () => Promise<void>;
  beforeAll(async () => {
    mine = await makeCertificate({ commonName: server.uniqueName('remote'), curve: 'P-384' });
    distrust = await server.trustClient(mine.cert);
  });
  afterAll(() => distrust());

  const credentials = () => ({ endpoint, serverCert, clientCert: mine.cert, clientKey: mine.key });

  it('uses at once what addRemote() has written', async () => {
    const project = server.uniqueName('project');
    await server.run('POST', '/1.0/projects', { name: project, config: { 'features.profiles': 'true' } });
    await using client = await Client.connect({ ...credentials(), project });
    await addRemote('prod', client);
    const profile = server.uniqueName('profile');
    await line('profile', 'create', `prod:${profile}`);
    expect(await client.profiles.names()).toContain(profile);
    expect(await line('remote', 'list', '-f', 'csv')).toContain(`prod,${endpoint},${product},tls,NO,NO,NO`);
    await client.profiles.ref(profile).delete();
  });

  it('goes on with what it knew, and reads what addRemote() has left', async () => {
    await line('remote', 'list');
    const before = await readFile(join(folder(), 'config.yml'), 'utf8');
    await addRemote('prod', credentials(), { product });
    const entry = `  prod:\n    addr: ${endpoint}\n    auth_type: tls\n    project: default\n    protocol: ${product}\n    public: false\n`;
    expect((await readFile(join(folder(), 'config.yml'), 'utf8')).replace(entry, '')).toBe(before);
    // What it writes back is what was there: addRemote() writes as it does.
    const written = await readFile(join(folder(), 'config.yml'), 'utf8');
    await line('remote', 'switch', 'prod');
    const switched = await readFile(join(folder(), 'config.yml'), 'utf8');
    expect(switched.replace('default-remote: prod', 'default-remote: local')).toBe(written);
    const known = await remotes({ product });
    expect(known.find(({ isDefault }) => isDefault)).toMatchObject({ name: 'prod', addresses: [endpoint] });
  });

  it('is understood: a remote that it has added with a token is connected to', async () => {
    const name = server.uniqueName('token');
    const token = await tokenOf(name);
    await line('remote', 'add', 'prod', token);
    const cert = await readFile(join(folder(), 'client.crt'), 'utf8');
    try {
      await using client = await Client.connect(`${product}:prod`);
      expect(client.server.auth).toBe('trusted');
      expect(client.credentials()).toMatchObject({ endpoint, clientCert: cert });
      await using byAddress = await Client.connect(endpoint, { serverCert });
      expect(byAddress.server.auth).toBe('trusted');
      const { names, current } = await listed();
      const known = await remotes({ product });
      expect(known.map((remote) => remote.name)).toEqual(names);
      expect(known.find(({ isDefault }) => isDefault)?.name).toBe(current);
    } finally {
      const { fingerprint256 } = new X509Certificate(cert);
      const fingerprint = fingerprint256.replaceAll(':', '').toLowerCase();
      await server.run('DELETE', `/1.0/certificates/${fingerprint}`);
    }
  });

  it('reads everybody’s as it does', async () => {
    const text = `default-remote: shared\nremotes: { shared: { addr: "${endpoint}" } }\n`;
    const global = product === 'lxd' ? configuration.globalLxd : configuration.globalIncus;
    await configuration.write(join(global, 'config.yml'), text);
    expect((await remotes({ product })).map((remote) => remote.name)).not.toContain('shared');
    expect((await listed()).names).not.toContain('shared'); // but it has made a file of the user's
    const { names, current } = await listed();
    expect(names).toContain('shared');
    const known = await remotes({ product });
    expect(known.map((remote) => remote.name)).toEqual(names);
    expect(known.find(({ isDefault }) => isDefault)?.name).toBe(current);
    await expect(line('remote', 'add', 'shared', endpoint)).rejects.toThrow(/Remote shared exists/);
    await expect(addRemote('shared', credentials(), { product })).rejects.toThrow(
      /'shared' is in .* already/,
    );
    process.env[product === 'lxd' ? 'LXC_REMOTE' : 'INCUS_REMOTE'] = 'shared';
    expect((await listed()).current).toBe('shared');
    expect((await remotes({ product })).find(({ isDefault }) => isDefault)?.name).toBe('shared');
  });

  it('searches for the local server of one product', async () => {
    process.env[product === 'lxd' ? 'LXD_SOCKET' : 'INCUS_SOCKET'] = server.socketPath;
    await using client = await Client.connect(`${product}:local`);
    expect(client.server).toMatchObject({ product, version: server.version, auth: 'trusted' });
  });

  /** What the command line lists, and which of them it would take. */
  async function listed(): Promise<{ names: string[]; current: string | undefined }> {
    const rows = (await line('remote', 'list', '-f', 'csv')).trim().split('\n');
    const first = rows.map((row) => row.split(',')[0]!);
    const current = first.find((name) => name.endsWith(' (current)'))?.replace(' (current)', '');
    return { names: first.map((name) => name.replace(' (current)', '')), current };
  }

  async function tokenOf(name: string): Promise<string> {
    // The server's own command line, which has nothing to do with the configuration that the spec is about.
    const words =
      product === 'lxd' ? ['config', 'trust', 'add', '--name', name] : ['config', 'trust', 'add', name];
    return (await line(...words)).trim().split('\n').at(-1)!;
  }
});
