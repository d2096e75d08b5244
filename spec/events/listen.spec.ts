import {
  AbortedError,
  BadRequestError,
  Client,
  ClosedError,
  ConnectionError,
  EventsMissedError,
  ForbiddenError,
  InvalidInputError,
  UnsupportedError,
  type ServerEvent,
} from 'tslxd';
import { afterwards, rejection, serveBytes, until } from '../rest/test-server.js';
import { envelope, EventServer, lifecycle, take } from './event-server.js';

let server: EventServer;
beforeEach(async () => {
  server = await EventServer.start();
});

describe('listen()', () => {
  it('yields events as they are, from the moment of the call', async () => {
    const events = server.client().events.listen();
    await events.ready;
    server.send({ ...lifecycle('instance-started'), timestamp: '2026-11-21T01:02:03.004Z', location: 'n1' });
    server.send({ type: 'operation', project: '', metadata: { id: 'a', status_code: 103 } });
    expect(await take(events, 2)).toEqual([
      {
        type: 'lifecycle',
        timestamp: new Date('2026-11-21T01:02:03.004Z'),
        project: 'default',
        location: 'n1',
        metadata: { action: 'instance-started', source: '/1.0/instances/web' },
      },
      expect.objectContaining({
        type: 'operation',
        project: undefined,
        metadata: { id: 'a', status_code: 103 },
      }),
    ]);
  });

  it('asks for what is wanted, in the project of the client, with no Origin', async () => {
    const client = server.client({ project: 'p' });
    await client.events.listen({ types: ['lifecycle', 'logging'] }).ready;
    await server.client().events.listen({ types: ['operation'], project: 'x y' }).ready;
    await server.client().events.listen({ types: ['operation'], allProjects: true }).ready;
    await server.client().events.listen().ready;
    expect(server.queries).toEqual([
      'type=lifecycle,logging&project=p',
      'type=operation&project=x+y',
      'type=operation&all-projects=true',
      'project=default',
    ]);
    for (const headers of server.headers) expect(headers).not.toHaveProperty('origin');
  });

  it('filters by type, action and project, though the socket brings more', async () => {
    const { events } = server.client();
    const all = events.listen({ allProjects: true });
    const stopped = events.listen({ actions: ['instance-stopped'] });
    const logs = events.listen({ types: ['logging'], project: 'two' });
    await Promise.all([all.ready, stopped.ready, logs.ready]);
    server.send(lifecycle('instance-started'));
    server.send(lifecycle('instance-stopped', 'other', { project: 'two' }));
    server.send(lifecycle('instance-stopped', 'mine'));
    server.send({ type: 'logging', project: undefined, metadata: { message: 'a', level: 'info' } });
    expect((await take(all, 4)).map(({ type }) => type)).toEqual([
      'lifecycle',
      'lifecycle',
      'lifecycle',
      'logging',
    ]);
    const [first] = await take(stopped, 1);
    expect(first).toMatchObject({ metadata: { source: '/1.0/instances/mine' } });
    expect(await take(logs, 1)).toMatchObject([{ metadata: { message: 'a' } }]);
  });

  it('ends with break, with return() and with await using, and the socket with the last', async () => {
    const { events } = server.client();
    const one = events.listen({ types: ['lifecycle'] });
    const two = events.listen({ types: ['lifecycle'] });
    await Promise.all([one.ready, two.ready]);
    server.send(lifecycle('instance-started'));
    for await (const event of one) {
      expect(event.metadata.action).toBe('instance-started');
      break;
    }
    expect(await one.next()).toEqual({ done: true, value: undefined });
    expect(server.listeners.size).toBe(1);
    {
      await using three = events.listen({ types: ['lifecycle'] });
      await three.ready;
      await two.return();
      expect(server.listeners.size).toBe(1);
    }
    await until(() => server.listeners.size === 0);
    expect(server.queries).toHaveLength(1);
  });

  it('several next() at once each get one', async () => {
    const events = server.client().events.listen();
    const both = Promise.all([events.next(), events.next()]);
    await events.ready;
    server.send(lifecycle('instance-started', 'a'));
    server.send(lifecycle('instance-started', 'b'));
    const names = (await both).map(({ value }) => (value as ServerEvent<'lifecycle'>).metadata.source);
    expect(names.sort()).toEqual(['/1.0/instances/a', '/1.0/instances/b']);
  });

  it('leaves out what is no event, and an event that comes twice', async () => {
    const events = server.client().events.listen();
    await events.ready;
    for (const text of ['', 'x', 'null', '[]', '{}', '{"type":1}', '{"type":"lifecycle","metadata":null}']) {
      server.sendText(text);
    }
    const twice = JSON.stringify({ ...lifecycle('instance-started'), timestamp: '2026-11-21T00:00:00Z' });
    server.sendText(twice);
    server.sendText(twice);
    server.send(lifecycle('instance-stopped'));
    const got = await take(events, 2);
    expect(got.map((event) => event.type === 'lifecycle' && event.metadata.action)).toEqual([
      'instance-started',
      'instance-stopped',
    ]);
  });

  it('refuses bad input before anything is sent', async () => {
    const { events } = server.client();
    expect(() => events.listen({ types: [] })).toThrow(InvalidInputError);
    expect(() => events.listen({ types: 'lifecycle' as never })).toThrow(InvalidInputError);
    expect(() => events.listen({ actions: [] })).toThrow(InvalidInputError);
    expect(() => events.listen({ project: 'a', allProjects: true })).toThrow(
      /either a project or allProjects/,
    );
    expect(() => events.listen({ project: '' })).toThrow(InvalidInputError);
    expect(() => events.listen({ bufferSize: 0 })).toThrow(InvalidInputError);
    expect(() => events.on('lifecycle', undefined as never)).toThrow(InvalidInputError);
    expect(() => events.on('operation', () => {}, { project: '' })).toThrow(InvalidInputError);
    expect(server.queries).toEqual([]);
  });

  it('names the types that the product has, where it is known', async () => {
    const metadata = { api_extensions: ['dev_incus_events'] };
    server.answer = (_request, response) => envelope(response, 200, { metadata });
    const client = server.client();
    await client.server.fetch();
    const error = await rejection(client.events.listen({ types: ['ovn'] }).next());
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toMatch("'ovn' do not exist in incus, which has lifecycle, logging");
    expect(server.queries).toEqual([]);
  });

  it('throws what the server refuses with, once, and leaves the others alone', async () => {
    server.refuse = (query) => (query.get('type')?.includes('logging') ? 403 : undefined);
    const { events } = server.client();
    const lifecycles = events.listen({ types: ['lifecycle'] });
    const logs = events.listen({ types: ['logging'] });
    const error = await rejection(logs.next());
    expect(error).toBeInstanceOf(ForbiddenError);
    expect(error.message).toBe('GET /1.0/events: Refused (403)');
    expect(await logs.next()).toEqual({ done: true, value: undefined });
    await expect(logs.ready).rejects.toBe(error);
    server.send(lifecycle('instance-started'));
    expect(await take(lifecycles, 1)).toHaveLength(1);
    server.refuse = () => 400;
    expect(await rejection(server.client().events.listen().next())).toBeInstanceOf(BadRequestError);
  });

  it('throws at once where no server is, and what aborts or closes it', async () => {
    const client = server.client();
    const controller = new AbortController();
    const aborted = client.events.listen({ signal: controller.signal });
    const closed = client.events.listen();
    await Promise.all([aborted.ready, closed.ready]);
    const reason = new Error('enough');
    controller.abort(reason);
    const error = await rejection(aborted.next());
    expect(error).toBeInstanceOf(AbortedError);
    expect(error.cause).toBe(reason);
    const pending = closed.next();
    await client.close();
    expect(await rejection(pending)).toBeInstanceOf(ClosedError);
    expect(await rejection(client.events.listen().next())).toBeInstanceOf(ClosedError);
    await server.stop();
    expect(await rejection(server.client().events.listen().next())).toBeInstanceOf(ConnectionError);
    const before = server.client().events.listen({ signal: AbortSignal.abort() });
    expect(await rejection(before.next())).toBeInstanceOf(AbortedError);
  });
});

describe('a slow consumer', () => {
  async function slow(types?: ('lifecycle' | 'missed')[]) {
    const events = server.client().events.listen({ bufferSize: 2, types });
    const marker = server.client().events.listen();
    await Promise.all([events.ready, marker.ready]);
    for (const name of ['a', 'b', 'c', 'd', 'e']) server.send(lifecycle('instance-started', name));
    await take(marker, 5);
    await new Promise((resolve) => setTimeout(resolve, 20));
    return events;
  }

  it('gets what is in the buffer, then is told what it missed, then goes on', async () => {
    const events = await slow();
    const [, , missed] = await take(events, 3);
    expect(missed).toMatchObject({ type: 'missed', metadata: { count: 3, types: { lifecycle: 3 } } });
    server.send(lifecycle('instance-started', 'f'));
    expect(await take(events, 1)).toMatchObject([{ metadata: { source: '/1.0/instances/f' } }]);
  });

  it('that asked for some types only is told by an error', async () => {
    const events = await slow(['lifecycle']);
    await take(events, 2);
    const error = await rejection<EventsMissedError>(events.next());
    expect(error).toBeInstanceOf(EventsMissedError);
    expect(error).toMatchObject({ count: 3, code: 'ERR_LXD_EVENTS_MISSED' });
    expect(await events.next()).toEqual({ done: true, value: undefined });
    const asked = await slow(['lifecycle', 'missed']);
    expect((await take(asked, 3))[2]).toMatchObject({ type: 'missed' });
  });
});

describe('on()', () => {
  it('calls its listener until unsubscribed, the same one as often as it was added', async () => {
    const { events } = server.client();
    const heard: string[] = [];
    const listener = ({ metadata }: ServerEvent<'lifecycle'>) => heard.push(metadata.action);
    const off = events.on('lifecycle', listener);
    const offToo = events.on('lifecycle', listener, { actions: ['instance-started'] });
    await events.ready();
    server.send(lifecycle('instance-started'));
    server.send(lifecycle('instance-stopped'));
    await until(() => heard.length === 3);
    off();
    off();
    server.send(lifecycle('instance-started'));
    await until(() => heard.length === 4);
    offToo();
    await until(() => server.listeners.size === 0);
    expect(heard).toEqual(['instance-started', 'instance-started', 'instance-stopped', 'instance-started']);
  });

  it('waits for a server that is not there yet', async () => {
    await server.stop();
    const { events } = server.client();
    let heard = 0;
    events.on('lifecycle', () => (heard += 1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.listen();
    await events.ready();
    server.send(lifecycle('instance-started'));
    await until(() => heard === 1);
  });

  it('tells of what ends it for good', async () => {
    server.refuse = () => 403;
    const { events } = server.client();
    const errors: Error[] = [];
    const off = events.on('error', (error) => errors.push(error));
    events.on('lifecycle', () => {});
    await events.ready();
    expect(errors).toEqual([expect.any(ForbiddenError)]);
    off();
    events.on('lifecycle', () => {});
    await events.ready();
    expect(errors).toHaveLength(1);
  });

  it('ends with its signal', async () => {
    const { events } = server.client();
    const controller = new AbortController();
    events.on('lifecycle', () => {}, { signal: controller.signal });
    await events.ready();
    controller.abort();
    await until(() => server.listeners.size === 0);
    events.on('lifecycle', () => {}, { signal: controller.signal });
    await events.ready();
    expect(server.queries).toHaveLength(1);
  });
});

describe('a signal that fires while the event socket is being opened', () => {
  /** A server that takes the handshake and never answers it. */
  async function silent(): Promise<{ client: Client; isOpen: () => boolean }> {
    const made = await serveBytes(() => undefined);
    const client = new Client({ socketPath: made.socketPath });
    afterwards(() => client.close());
    return { client, isOpen: () => made.sockets.size > 0 };
  }

  it.each([
    ['listen()', (client: Client, signal: AbortSignal) => client.events.listen({ signal }).next()],
    ['listen().ready', (client: Client, signal: AbortSignal) => client.events.listen({ signal }).ready],
    ['watch()', (client: Client, signal: AbortSignal) => client.instances.watch({ signal }).next()],
    [
      'a watch() of one',
      (client: Client, signal: AbortSignal) => client.instances.ref('a').watch({ signal }).next(),
    ],
  ])('ends %s at once, and the opening too', async (_, begin) => {
    const { client, isOpen } = await silent();
    const stop = new AbortController();
    const pending = rejection(begin(client, stop.signal));
    await until(isOpen);
    stop.abort('enough');
    const error = await pending;
    expect(error).toBeInstanceOf(AbortedError);
    expect(error.cause).toBe('enough');
    await until(() => !isOpen());
  });

  it('ends a listener of on() at once', async () => {
    const { client, isOpen } = await silent();
    const stop = new AbortController();
    client.events.on('lifecycle', () => undefined, { signal: stop.signal });
    await until(isOpen);
    stop.abort();
    await client.events.ready();
    await until(() => !isOpen());
  });
});

describe('options', () => {
  it('that nothing would read are refused', () => {
    const { events } = server.client();
    expect(() => events.listen({ type: ['lifecycle'] } as object)).toThrow("unknown option 'type'");
    expect(() => events.on('lifecycle', () => undefined, { types: [] } as object)).toThrow(InvalidInputError);
  });
});
