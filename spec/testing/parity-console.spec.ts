import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Instance } from 'tslxd';
import { booted, useClient } from '../real/client.js';
import { describePair } from './parity.js';
import { call } from './support.js';
import { openWire, type Wire } from './wires.js';

interface Session {
  operation: string;
  /** Undefined of a socket that is left out. */
  data: Wire;
  control: Wire;
}

describePair((servers) => {
  const { real } = servers;
  const { client } = useClient(real);
  let path: string;
  /** The same instance on the real server and on the fake. */
  let instances: readonly [Instance, Instance];

  beforeAll(async () => {
    const fingerprint = await real.ensureImage();
    const name = real.uniqueName('parity');
    path = `/1.0/instances/${name}`;
    servers.fake.addInstance({ name });
    instances = [
      await client.instances.create({ name, source: { fingerprint } }),
      servers.fake.client().instances.ref(name),
    ];
  });
  afterAll(async () => {
    await servers.pair.quietly('DELETE', path);
  });

  const sockets = () => [real.socketPath, servers.fake.socketPath] as const;
  const post = (body: object | string, target = path) => servers.pair.same('POST', `${target}/console`, body);
  const log = () => servers.pair.same('GET', `${path}/console`);
  const empty = () => servers.pair.same('DELETE', `${path}/console`);

  /** Does it to both, and compares what it says. */
  async function both(what: string, work: (socketPath: string, web: Instance) => Promise<unknown>) {
    const seen: unknown[] = [];
    for (const [index, socketPath] of sockets().entries())
      seen.push(await work(socketPath, instances[index]!));
    expect({ what, seen: seen[1] }).toEqual({ what, seen: seen[0] });
    return seen[1];
  }

  const change = (action: string) =>
    both(action, async (socketPath, web) => {
      const answer = await call(socketPath, 'PUT', `${path}/state`, { action, force: true });
      await call(socketPath, 'GET', `${answer.body.operation}/wait`);
      if (action.includes('start') && socketPath === real.socketPath) await booted(web);
    });
  const write = (web: Instance, text: string) => web.exec(['sh', '-c', `echo ${text} > /dev/console`]);
  const shown = (text: string) => both(text, async (_, web) => (await write(web, text)).exitCode);

  async function attach(socketPath: string, body: object = {}, names = ['0', 'control']): Promise<Session> {
    const answer = await call(socketPath, 'POST', `${path}/console`, body);
    expect(answer.status).toBe(202);
    const { id, metadata } = answer.body.metadata;
    const operation = `/1.0/operations/${id}`;
    const wires: Record<string, Wire> = {};
    for (const name of names) {
      wires[name] = (await openWire(
        socketPath,
        `${operation}/websocket?secret=${metadata.fds[name]}`,
      )) as Wire;
    }
    return { operation, data: wires['0']!, control: wires.control! };
  }

  async function hears(wire: Wire, text: string): Promise<void> {
    while (!wire.told.includes(text)) await once(wire.socket, 'message');
  }

  /** Waits until what is written from now on is shown: the helper of a real server takes a moment. */
  async function ready({ data }: Session, web: Instance): Promise<void> {
    let round = 0;
    while (!data.told.includes(`ready${round}\r\r\r\n`)) {
      if (data.told === '' || data.told.includes(`ready${round}`)) await write(web, `ready${++round}`);
      await delay(50);
    }
    data.told = '';
  }

  /** Leaves as the SDK does: the real servers answer a goodbye, but keep the connection. */
  async function leave({ socket, closed }: Wire): Promise<void> {
    socket.close(1000);
    await Promise.race([closed, delay(100)]);
    socket.terminate();
  }

  /** In this order: LXD 5.0.2 writes to a data socket that is still there from two routines, and panics. */
  async function leaveBoth({ data, control }: Session): Promise<void> {
    await leave(data);
    await leave(control);
  }

  /** The operation, and what came over the sockets, when all is over. */
  async function end(socketPath: string, { operation, data, control }: Session) {
    await call(socketPath, 'GET', `${operation}/wait?timeout=10`);
    await Promise.all([data, control].filter(Boolean).map(async ({ closed }) => closed));
    const {
      status_code: code,
      err,
      may_cancel: mayCancel,
    } = (await call(socketPath, 'GET', operation)).body.metadata;
    return { code, err, mayCancel, data: data?.told, control: control?.told };
  }

  it('to who wants a console of what is stopped', async () => {
    await log();
    await empty();
    for (const type of ['console', 'vga', 'tty', '', 1]) await post({ type });
    for (const body of ['', '{bad', '[]', 'null', { width: 'a' }, { width: 1.5 }, { force: 1 }])
      await post(body);
    for (const body of [{}, '{bad', { type: 'tty' }]) await post(body, '/1.0/instances/nope');
    await servers.pair.same('PUT', `${path}/console`, {});
    for (const target of ['/1.0/instances/nope/console', `${path}/console?project=nope`]) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        await servers.pair.same(method, target, method === 'POST' ? {} : undefined);
      }
    }
    for (const type of ['log', 'vga', 'x', ''])
      await servers.pair.same('GET', `${path}/console?type=${type}`);
  });

  it('about the log', async () => {
    await change('start');
    await log();
    await shown('one');
    await change('stop');
    await log(); // what nobody has read is in the file
    await log();
    await change('start');
    await log();
    await shown('two');
    await log();
    await log(); // what was read is gone
    await shown('three');
    await empty();
    await empty();
    await log();
    await change('stop');
    await log(); // all is in the file
    await change('start');
    await shown('four');
    await change('restart');
    await shown('five');
    await change('freeze');
    await log();
    await post({});
    await empty();
    await change('unfreeze');
    await shown('six');
    await change('stop');
    await log();
    await empty();
    await log();
    await change('start');
  });

  it('about the operation', async () => {
    await both('the operation', async (socketPath) => {
      const { status, headers, body } = await call(socketPath, 'POST', `${path}/console`, {
        width: 90,
        height: 20,
      });
      const { id, created_at, updated_at, metadata, ...rest } = body.metadata;
      expect([created_at, headers.location]).toEqual([updated_at, `/1.0/operations/${id}`]);
      const at = `${headers.location}/websocket`;
      const refused = [await openWire(socketPath, `${at}?secret=nope`), await openWire(socketPath, at)];
      const session: Session = {} as Session;
      for (const [key, name] of [
        ['data', '0'],
        ['control', 'control'],
      ] as const) {
        session[key] = (await openWire(socketPath, `${at}?secret=${metadata.fds[name]}`)) as Wire;
      }
      session.operation = headers.location ?? '';
      await leaveBoth(session);
      const { code, err, mayCancel } = await end(socketPath, session);
      const late = await openWire(socketPath, `${at}?secret=${metadata.fds['0']}`);
      return { status, rest, fds: Object.keys(metadata.fds).sort(), refused, code, err, mayCancel, late };
    });
  });

  it('to what is written and typed', async () => {
    await both('typing', async (socketPath, web) => {
      const session = await attach(socketPath);
      await ready(session, web);
      session.control.socket.send('no JSON');
      session.control.socket.send('{"command":"window-resize","args":{"width":"100","height":"30"}}');
      for (const typed of ['ab', '\x03', '\tc\x1b\r']) {
        const { length } = session.data.told;
        session.data.socket.send(Buffer.from(typed)); // one by one, since the kernel forgets some at a ^C
        while (session.data.told.length < length + typed.length) await once(session.data.socket, 'message');
      }
      await hears(session.data, '\n');
      await write(web, 'two; echo lines > /dev/console');
      await hears(session.data, 'lines\r\r\r\n');
      const told = session.data.told;
      await leaveBoth(session);
      return { told, end: await end(socketPath, session) };
    });
  });

  it('with events', async () => {
    await both('the events', async (socketPath, web) => {
      const listener = (await openWire(socketPath, '/1.0/events?type=lifecycle')) as Wire;
      const heard: [action: string, context: unknown][] = [];
      listener.socket.on('message', (data: Buffer) => {
        const { action, source, context } = JSON.parse(data.toString()).metadata;
        if (source === path) heard.push([action, context ?? null]);
      });
      const session = await attach(socketPath);
      await ready(session, web);
      for (const method of ['GET', 'DELETE', 'DELETE', 'GET'])
        await call(socketPath, method, `${path}/console`);
      await leaveBoth(session);
      const own = () => heard.filter(([action]) => action !== 'instance-exec');
      while (own().length < 4) await once(listener.socket, 'message');
      listener.socket.terminate();
      return own();
    });
  });

  // LXD is never asked: see leaveBoth.
  if (real.product === 'incus') {
    it('to who leaves by the control socket', async () => {
      await both('control first', async (socketPath, web) => {
        const session = await attach(socketPath, {}, ['control', '0']);
        await ready(session, web);
        await leave(session.control);
        return end(socketPath, session);
      });
    });
  }

  it('to the second who comes', async () => {
    await both('a second', async (socketPath, web) => {
      const first = await attach(socketPath);
      await ready(first, web);
      let second: unknown;
      if (real.product === 'incus') {
        const { status, body } = await call(socketPath, 'POST', `${path}/console`, {});
        second = [status, body.error];
      } else {
        const session = await attach(socketPath);
        await hears(session.data, '<end>');
        await leaveBoth(session);
        const { control: _, ...rest } = await end(socketPath, session);
        second = rest;
      }
      await leaveBoth(first);
      return { second, first: await end(socketPath, first) };
    });
  });

  it('when the instance stops', async () => {
    const sessions: Session[] = [];
    for (const [index, socketPath] of sockets().entries()) {
      const session = await attach(socketPath);
      await ready(session, instances[index]!);
      sessions.push(session);
    }
    await change('stop');
    await both('the end', async (socketPath) => {
      const session = sessions.shift()!;
      await hears(session.data, '<end>');
      const { body } = await call(socketPath, 'GET', session.operation);
      await leave(session.data);
      const { control: _, ...rest } = await end(socketPath, session);
      return { present: body.metadata.status, rest };
    });
  });
});
