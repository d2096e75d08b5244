import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { booted, useClient } from '../real/client.js';
import { describePair } from './parity.js';
import { call, ended } from './support.js';
import { openWire, type Wire } from './wires.js';

type Drive = (wires: Record<string, Wire>, path: string, fds: Record<string, string>) => unknown;

describePair((servers) => {
  const { real } = servers;
  const { client } = useClient(real);
  let path: string;

  beforeAll(async () => {
    const fingerprint = await real.ensureImage();
    const name = real.uniqueName('parity');
    path = `/1.0/instances/${name}`;
    const config = { 'environment.FOO': 'bar' };
    servers.fake.addInstance({ name, config, status: 'Stopped' });
    await client.instances.create({ name, config, source: { fingerprint } });
  });
  afterAll(async () => {
    await servers.pair.quietly('DELETE', path);
  });

  const post = (body: object | string, target = path) => servers.pair.same('POST', `${target}/exec`, body);

  it('to commands that cannot be run', async () => {
    await post({ command: ['true'] });
    await post({ command: ['true'] }, '/1.0/instances/nope');
    await client.instances.ref(path.slice('/1.0/instances/'.length)).start();
    await call(servers.fake.socketPath, 'PUT', `${path}/state`, { action: 'start' });
    await booted(await client.instances.get(path.slice('/1.0/instances/'.length)));
    for (const body of ['', '{bad', '[]', '{"command":"x"}', '{"environment":{"A":1}}']) await post(body);
    for (const body of ['{"user":-1}', '{"user":"root"}', '{"user":1.5}', '{"cwd":1}']) await post(body);
    await post({ command: ['true'], 'record-output': true, interactive: true });
    await post('{bad', '/1.0/instances/nope');
  });

  it('to commands that nobody watches', async () => {
    for (const command of [['true'], ['false'], ['nope'], ['/etc/passwd']]) await post({ command });
    await post({ command: ['sh', '-c', 'exit 7'] });
    await post({ command: ['nope'], 'record-output': true });
    for (const server of [real.socketPath, servers.fake.socketPath]) {
      const end = await ended(
        server,
        await call(server, 'POST', `${path}/exec`, {
          command: ['sh', '-c', 'echo $A $FOO $HOME; pwd; echo err >&2; exit 3'],
          environment: { A: 'b' },
          'record-output': true,
        }),
      );
      const { output, ...rest } = end.metadata as { output: Record<string, string> };
      expect(rest).toEqual({ return: 3 });
      outputs.push(output);
    }
    const [first, second] = outputs as [Record<string, string>, Record<string, string>];
    for (const name of ['1', '2']) {
      const both = [first[name]!, second[name]!] as const;
      await servers.pair.same('GET', both);
      await servers.pair.same('DELETE', both);
      await servers.pair.same('GET', both);
      await servers.pair.same('DELETE', both);
    }
  });
  const outputs: Record<string, string>[] = [];

  it('about logs', async () => {
    const logs = `${path}/logs`;
    // What is in a log of the real one is its own.
    for (const name of ['nope', '..', 'exec_x.stdout', 'console.log', 'qemu.log', 'exec-output/nope']) {
      await servers.pair.same('GET', `${logs}/${name}`);
      await servers.pair.same('DELETE', `${logs}/${name}`);
    }
    await servers.pair.same('DELETE', `${logs}/lxc.log`);
    await servers.pair.same('DELETE', `${logs}/lxc.conf`);
    await servers.pair.same('PUT', `${logs}/lxc.log`);
    await servers.pair.same('GET', '/1.0/instances/nope/logs');
    await servers.pair.same('GET', '/1.0/instances/nope/logs/lxc.log');
    for (const server of [real.socketPath, servers.fake.socketPath]) {
      const { body } = await call(server, 'GET', logs);
      expect(body.metadata).toContain(`${logs}/lxc.log`);
    }
  });

  /** Runs it on both over websockets, and compares all that comes. */
  async function run(body: object, drive: Drive = () => undefined): Promise<unknown> {
    const seen: unknown[] = [];
    for (const server of [real.socketPath, servers.fake.socketPath]) {
      const answer = await call(server, 'POST', `${path}/exec`, { 'wait-for-websocket': true, ...body });
      const { id, metadata } = answer.body.metadata;
      const fds = metadata.fds as Record<string, string>;
      const socketsPath = `/1.0/operations/${id}/websocket`;
      const wires: Record<string, Wire> = {};
      for (const name of Object.keys(fds).sort().reverse()) {
        wires[name] = (await openWire(server, `${socketsPath}?secret=${fds[name]}`)) as Wire;
      }
      const driven = await drive(wires, socketsPath, fds);
      const end = await ended(server, answer);
      await Promise.all(Object.values(wires).map(async ({ closed }) => closed));
      const secrets = (value: unknown) => JSON.parse(JSON.stringify(value).replace(/[0-9a-f]{60,}/g, '…'));
      seen.push({
        status: answer.status,
        metadata: secrets(metadata),
        driven,
        end: { code: end.status_code, err: end.err, metadata: secrets(end.metadata) },
        told: Object.fromEntries(Object.entries(wires).map(([name, { told }]) => [name, told])),
      });
    }
    expect({ body, seen: seen[1] }).toEqual({ body, seen: seen[0] });
    return seen[0];
  }

  it('over websockets', async () => {
    const seen = await run({
      command: ['sh', '-c', 'echo out; echo err >&2; exit 3'],
      environment: { A: 'b' },
    });
    expect(seen).toMatchObject({
      told: { 0: '<close 1006>', 1: 'out\n<end><close 1006>', 2: 'err\n<end><close 1006>' },
      end: { code: 200, metadata: { return: 3 } },
    });
    await run({ command: ['nope'] });
    await run({ command: ['/etc/passwd'] });
    await run({ command: ['true'], user: 5, group: 6, cwd: '/tmp' });
    await run({ command: ['cat'] }, ({ 0: stdin }) => {
      stdin!.socket.send(Buffer.from('typed'));
      stdin!.socket.send('');
    });
    await run({ command: ['cat'] }, ({ 0: stdin }) => stdin!.socket.terminate());
  });

  it('to signals, and to who goes away', async () => {
    const echoed = async (wires: Record<string, Wire>) => {
      wires[0]!.socket.send(Buffer.from('up'));
      await once(wires[1]!.socket, 'message'); // now it runs
    };
    for (const signal of [15, 2, 9]) {
      await run({ command: ['cat'] }, async (wires) => {
        await echoed(wires);
        wires.control!.socket.send('no JSON');
        wires.control!.socket.send('{"command":"dance"}');
        wires.control!.socket.send(JSON.stringify({ command: 'signal', signal }));
      });
    }
    await run({ command: ['cat'] }, async (wires) => {
      await echoed(wires);
      wires.control!.socket.terminate();
    });
    await run({ command: ['cat'] }, async (wires) => {
      await echoed(wires);
      wires[1]!.socket.terminate();
      await wires[1]!.closed;
      // The first that comes after it is lost, of the next it dies.
      while (wires[0]!.socket.readyState === 1) {
        wires[0]!.socket.send(Buffer.from('more'));
        await delay(20);
      }
    });
  });

  it('in a terminal', async () => {
    // Of what ends sooner the real LXD may lose the output.
    await run(
      {
        command: ['sh', '-c', 'echo one; echo two >&2; sleep 1; exit 4'],
        interactive: true,
        width: 90,
        height: 20,
      },
      async ({ 0: terminal }) => {
        while (!terminal!.told.includes('<end>')) await once(terminal!.socket, 'message');
        terminal!.socket.close();
      },
    );
    await run({ command: ['cat'], interactive: true }, async ({ 0: terminal }) => {
      terminal!.socket.send(Buffer.from('line\r'));
      while (terminal!.told !== 'line\r\nline\r\n') await once(terminal!.socket, 'message');
      terminal!.socket.send(Buffer.from([4]));
      while (!terminal!.told.includes('<end>')) await once(terminal!.socket, 'message');
      terminal!.socket.close();
    });
  });

  it('to wrong secrets', async () => {
    for (const server of [real.socketPath, servers.fake.socketPath]) {
      const none = await openWire(server, '/1.0/operations/nope/websocket?secret=x');
      expect(none).toBe('404 404 Operation not found');
    }
    await run({ command: ['cat'] }, async ({ 0: stdin }, socketsPath) => {
      const server = stdin!.socket.url; // of the same server as the rest
      expect(server).toContain(socketsPath);
      stdin!.socket.send('');
    });
    const refusals: unknown[] = [];
    for (const server of [real.socketPath, servers.fake.socketPath]) {
      const answer = await call(server, 'POST', `${path}/exec`, {
        command: ['cat'],
        'wait-for-websocket': true,
      });
      const { id, metadata } = answer.body.metadata;
      const at = `/1.0/operations/${id}/websocket`;
      const said = [await openWire(server, `${at}?secret=nope`), await openWire(server, at)];
      const task = await call(server, 'POST', `${path}/exec`, { command: ['sleep', '1'] });
      said.push(await openWire(server, `/1.0/operations/${task.body.metadata.id}/websocket?secret=x`));
      for (const name of Object.keys(metadata.fds).sort().reverse()) {
        const wire = (await openWire(server, `${at}?secret=${metadata.fds[name]}`)) as Wire;
        if (name === '0') wire.socket.send('');
      }
      await ended(server, answer);
      await ended(server, task);
      refusals.push(said);
    }
    expect(refusals[1]).toEqual(refusals[0]);
  });

  it('when nobody connects', async () => {
    const ends = await Promise.all(
      [real.socketPath, servers.fake.socketPath].map(async (server) => {
        const body = { command: ['cat'], 'wait-for-websocket': true };
        const { status_code: code, err } = await ended(
          server,
          await call(server, 'POST', `${path}/exec`, body),
        );
        return { code, err };
      }),
    );
    expect(ends[1]).toEqual(ends[0]);
  });
});
