import { execFile } from 'node:child_process';
import http from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { Client, ClosedError, ConnectionError, InvalidInputError, UnavailableError } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { makeCertificate } from './support/certificates.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tslxd client: ü '));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A daemon that answers 503 to the first requests, as one that starts does. */
async function starting(refusals: number): Promise<{ socketPath: string; close: () => void }> {
  const socketPath = join(folder, 'unix.socket');
  let left = refusals;
  const server = http.createServer((_request, response) => {
    const refusing = left-- > 0;
    response.statusCode = refusing ? 503 : 200;
    const refusal = { type: 'error', error: 'LXD daemon is starting', error_code: 503 };
    response.end(
      JSON.stringify(
        refusing ? refusal : { type: 'sync', metadata: { api_extensions: [], auth: 'trusted' } },
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('Client.connect()', () => {
  it('waits for a daemon that is starting, as long as it is allowed to', async () => {
    const daemon = await starting(2);
    await using client = await Client.connect({ socketPath: daemon.socketPath, timeout: 20_000 });
    expect(client.server.auth).toBe('trusted');
    daemon.close();
  });

  it('says that it starts where nothing is to be waited for', async () => {
    const daemon = await starting(1);
    await expect(Client.connect({ socketPath: daemon.socketPath })).rejects.toThrow(UnavailableError);
    daemon.close();
  });

  it('waits for a socket that is not there yet', async () => {
    const socketPath = join(folder, 'unix.socket');
    const connecting = Client.connect({ socketPath, timeout: 20_000 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const daemon = await starting(0);
    await (await connecting).close();
    daemon.close();
  });

  it('says what was tried on what, and what to do', async () => {
    const socketPath = join(folder, 'unix.socket');
    const error: unknown = await Client.connect({ socketPath }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionError);
    expect((error as Error).message).toContain(socketPath);
  });

  it('can be aborted while it waits', async () => {
    const signal = AbortSignal.timeout(50);
    const connecting = Client.connect({ socketPath: join(folder, 'none'), timeout: 20_000, signal });
    await expect(connecting).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('new Client()', () => {
  it.each([
    [{ socket: '/x' }, /Unknown client option 'socket'.*socketPath/],
    [{ log: () => undefined }, /log must be an object with any of the methods error, warn, info, debug/],
    [{ log: 'x' }, /log must be an object/],
    [{ log: null }, /log must be an object/],
    [{ log: { debug: true } }, /log must be an object/],
    [{ socketPath: '/x', endpoint: 'https://x' }, /socketPath|endpoint/],
    [{ endpoint: 'http://x' }, /https/],
    [{ timeout: -1 }, /timeout/],
    [{ project: '' }, /project/],
    [{ socketPath: 'relative' }, /absolute/],
  ])('refuses %j', (options, message) => {
    const make = () => new Client(options as never);
    expect(make).toThrow(InvalidInputError);
    expect(make).toThrow(message);
  });

  it('shows no secret, however it is printed', async () => {
    const { cert, key } = await makeCertificate({ commonName: 'me' });
    await using client = new Client({ endpoint: 'https://127.0.0.1:1', clientCert: cert, clientKey: key });
    const secret = key.split('\n')[1]!;
    await client.server.fetch().catch((error: unknown) => {
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(secret);
    });
    for (const thing of [client, client.instances, client.server, client.instances.ref('x')]) {
      expect(inspect(thing, { depth: 10 })).not.toContain(secret);
      expect(JSON.stringify(thing)).not.toContain(secret);
    }
    expect(inspect(client)).toBe('Client(https://127.0.0.1:1)');
  });

  it('derives clients over the same connection', async () => {
    await using server = await FakeServer.start();
    server.addProject('two');
    const client = server.client();
    const two = client.useProject('two');
    await two.instances
      .create({ name: 'web', source: { type: 'none' }, profiles: [] })
      .catch(() => undefined);
    await two.profiles.create({ name: 'mine' });
    expect(await client.profiles.names()).toEqual(['default']);
    expect(await two.profiles.names()).toContain('mine');
    expect(inspect(two)).toContain("project 'two'");
    await two.close();
    await expect(client.profiles.names()).rejects.toThrow(ClosedError);
  });
});

describe('a process', () => {
  const run = promisify(execFile);
  const node = (script: string) =>
    run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { timeout: 20_000 });

  it.each([
    ['that closes its client', 'await client.close();'],
    ['that forgets to', ''],
  ])('%s ends by itself', async (_title, close) => {
    await using server = await FakeServer.start();
    const { stdout } = await node(`
      import { Client } from 'tslxd';
      const client = new Client({ socketPath: ${JSON.stringify(server.socketPath)} });
      console.log(await client.profiles.names());
      ${close}
    `);
    expect(stdout).toContain('default');
  });

  it('is not ended by a failed operation that nobody waits for', async () => {
    await using server = await FakeServer.start();
    server.addInstance({ name: 'web' });
    const { stdout } = await node(`
      import { Client } from 'tslxd';
      const client = new Client({ socketPath: ${JSON.stringify(server.socketPath)} });
      const operation = await client.instances.ref('web').stop({ wait: false });
      while (operation.state === 'running') await new Promise((resolve) => setTimeout(resolve, 20));
      console.log(operation.state);
      await client.close();
    `);
    expect(stdout.trim()).toBe('failed');
  });
});
