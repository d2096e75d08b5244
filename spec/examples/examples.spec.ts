import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { FakeServer } from 'tslxd/testing';
import { runExamples } from './one-process.js';
import { examples, imageServer, remote, runExample, secondServer, shows, type Run } from './run.js';

/** An example's environment with a fake in it, over whose socket it comes as over a real one's. */
function at(
  { socketPath }: { socketPath: string },
  product: 'lxd' | 'incus' = 'lxd',
): Record<string, string> {
  // A real server needs an image that boots, made of the machine's busybox, which not every machine has.
  return { [product === 'lxd' ? 'LXD_SOCKET' : 'INCUS_SOCKET']: socketPath, TSLXD_EXAMPLE_SERVER: 'fake' };
}

test('every example is run here', () => {
  const others = [imageServer, remote, secondServer.name];
  expect(examples.toSorted()).toEqual([...Object.keys(shows), ...others].toSorted());
});

// In CI on both products, else every other on each.
const onFake = { lxd: [] as string[], incus: [] as string[] };
for (const [index, name] of Object.keys(shows).entries()) {
  if (process.env.CI || index % 2 === 0) onFake.lxd.push(name);
  if (process.env.CI || index % 2 === 1) onFake.incus.push(name);
}

// Each gets a fake of its own, over whose socket it comes as if it were the real one.
describe.each(['lxd', 'incus'] as const)('on a fake %s, connected to like a real server', (product) => {
  const servers = new Map<string, FakeServer>();
  let runs: Map<string, Promise<Run>>;

  beforeAll(async () => {
    const envs = new Map<string, Record<string, string>>();
    for (const name of onFake[product]) {
      const server = await FakeServer.start({ product, operationTime: 20, https: name === 'trust.ts' });
      servers.set(name, server);
      envs.set(name, at(server, product));
    }
    runs = runExamples(envs);
  });

  afterAll(() => Promise.all([...servers.values()].map((server) => server.close())));

  test.each(onFake[product])(
    '%s does what it shows, and leaves nothing behind',
    async (name) => {
      const { exitCode, stdout, stderr } = await runs.get(name)!;
      const title = product === 'lxd' ? 'LXD 5.0.2' : 'Incus 6.0.4';
      if (name !== 'test-with-the-fake.ts') expect(stdout + stderr).toContain(`Connected to ${title}`);
      expect({ stdout, stderr }).toMatchObject({ stdout: expect.stringMatching(shows[name]!) });
      expect(exitCode).toBe(0);

      const client = servers.get(name)!.client();
      expect(await client.instances.names()).toEqual([]);
      expect(await client.images.names()).toEqual([]);
      expect(await client.networks.acls.names()).toEqual([]);
      expect(await client.storagePools.ref('default').volumes.names()).toEqual([]);
      for (const kind of ['profiles', 'projects', 'storagePools'] as const)
        expect([kind, await client[kind].names()]).toEqual([kind, ['default']]);
      const bridges = (await client.networks.all()).filter(({ managed }) => managed);
      expect(bridges.map(({ name }) => name)).toEqual([{ lxd: 'lxdbr0', incus: 'incusbr0' }[product]]);
    },
    60_000,
  );
});

describe('without a server', () => {
  const nowhere = { LXD_SOCKET: '/nonexistent/unix.socket' };

  test('an example runs on the fake and says why', async () => {
    const { exitCode, stdout, stderr } = await runExample('own-model.ts', nowhere);
    expect(stderr).toContain('Using the fake server, which plays LXD 5.0.2');
    expect(stderr).toContain('no server is at /nonexistent/unix.socket, which LXD_SOCKET says');
    expect(stdout).toMatch(shows['own-model.ts']!);
    expect(exitCode).toBe(0);
  });

  test.each(['fake', 'fake-incus'])('the demo plays on the fake when TSLXD_DEMO=%s', async (wanted) => {
    const env = { ...nowhere, TSLXD_DEMO: wanted };
    const { exitCode, stdout } = await runExample('demo.ts', env, { tsx: wanted === 'fake' });
    expect(stdout).toContain(wanted === 'fake' ? 'plays LXD 5.0.2' : 'plays Incus 6.0.4');
    expect(stdout).toMatch(shows['demo.ts']!);
    expect(exitCode).toBe(0);
  });

  test('the one for the network says what it needs', async () => {
    const { exitCode, stderr } = await runExample(remote, nowhere);
    expect(stderr).toContain('Set TSLXD_ENDPOINT');
    expect(exitCode).toBe(1);
  });

  test('the one for two servers has two fakes', async () => {
    const { exitCode, stdout, stderr } = await runExample(secondServer.name, nowhere);
    expect(stderr).toContain('TSLXD_SECOND_SOCKET names no other server');
    expect(stdout).toMatch(secondServer.shows);
    expect(exitCode).toBe(0);
  });
});

describe('the demo cleans up', () => {
  let server: FakeServer;
  beforeEach(async () => {
    server = await FakeServer.start({ operationTime: 100 });
  });
  afterEach(() => server.close());

  async function expectNothingLeft(): Promise<void> {
    const client = server.client();
    expect(await client.instances.names()).toEqual([]);
    expect(await client.images.names()).toEqual([]);
  }

  test('when a step fails, and says which and why', async () => {
    await using refusing = await Refusing.start(server, 'POST /1.0/instances/[^/]+/snapshots');
    const { exitCode, stdout, stderr } = await runExample('demo.ts', at(refusing));
    expect(stdout).toMatch(/Take a snapshot … failed\n 8\. Delete all that was made … [^]*the tiny image/);
    expect(stderr).toMatch(/ServerError \(ERR_LXD_SERVER\): POST .*\/snapshots: The disk is full/);
    expect(stdout).not.toContain('All done');
    expect(exitCode).toBe(1);
    await expectNothingLeft();
  });

  test('on Ctrl-C, once the step under way is done', async () => {
    let sent = false;
    const onStdout = (text: string, pid: number) => {
      if (sent || !text.includes('Start it')) return;
      sent = true;
      process.kill(pid, 'SIGINT');
    };
    const { exitCode, stdout } = await runExample('demo.ts', at(server), { onStdout });
    expect(stdout).toMatch(/Start it … \d+ ms[^]*\(interrupted\)\n 4\. Delete all that was made/);
    expect(exitCode).toBe(130);
    await expectNothingLeft();
  });
});

/** Stands in front of a fake, and refuses some requests. */
class Refusing implements AsyncDisposable {
  private constructor(
    readonly socketPath: string,
    private readonly listener: Server,
  ) {}

  static async start(fake: FakeServer, refused: string): Promise<Refusing> {
    const folder = await mkdtemp(join(tmpdir(), 'tslxd-refusing-'));
    const listener = createServer((incoming, outgoing) => {
      const { method, url: path, headers } = incoming;
      if (new RegExp(`^${refused}$`).test(`${method} ${path}`)) {
        incoming.resume();
        outgoing.writeHead(500, { 'content-type': 'application/json' });
        outgoing.end(JSON.stringify({ type: 'error', error: 'The disk is full', error_code: 500 }));
        return;
      }
      const call = request({ socketPath: fake.socketPath, method, path, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(call);
    });
    const socketPath = join(folder, 'unix.socket');
    await once(listener.listen(socketPath), 'listening');
    return new Refusing(socketPath, listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.listener.closeAllConnections();
    await promisify(this.listener.close.bind(this.listener))();
    await rm(dirname(this.socketPath), { recursive: true });
  }
}
