import { inspect } from 'node:util';
import { Client, type Watch, type Instance } from 'tslxd';
import { afterwards } from '../rest/test-server.js';
import { envelope, EventServer, lifecycle, take } from './event-server.js';

const stamp = { timestamp: '2026-11-21T01:02:03.004Z', project: 'default' };

/** Messages that are no events, or none that anything can be made of. */
const odd: readonly unknown[] = [
  '',
  '{',
  '"text"',
  '7',
  'null',
  '[]',
  '{}',
  ...[null, 7, 'text', true, [], [{}]].flatMap((metadata) =>
    ['lifecycle', 'operation', 'logging'].map((type) => ({ ...stamp, type, metadata })),
  ),
  { ...stamp, type: 7, metadata: {} },
  { ...stamp, type: 'lifecycle', metadata: {} },
  { ...stamp, type: 'lifecycle', metadata: { action: 'instance-started' } },
  { ...stamp, type: 'lifecycle', metadata: { source: '/1.0/instances/web' } },
  { ...stamp, type: 'lifecycle', metadata: { action: 7, source: '/1.0/instances/web' } },
  { ...stamp, type: 'lifecycle', metadata: { action: 'instance-started', source: null } },
  { ...stamp, type: 'operation', metadata: { status_code: 200 } },
  { ...stamp, type: 'operation', metadata: { id: 7, status_code: 200 } },
  { ...stamp, type: 'logging', metadata: { message: 7 } },
];

/** Events with parts that are odd, but that tell what has happened all the same. */
const passable: readonly object[] = [
  { ...lifecycle('instance-started'), timestamp: 'yesterday' },
  { ...lifecycle('instance-started'), timestamp: 7, project: 7, location: [] },
  { type: 'lifecycle', metadata: { action: 'instance-renamed', source: '/1.0/instances/web', context: 7 } },
  {
    type: 'lifecycle',
    metadata: { action: 'instance-renamed', source: '/1.0/instances/web', context: null },
  },
  {
    type: 'lifecycle',
    metadata: { action: 'instance-renamed', source: '/1.0/instances/web', context: { old_name: 7 } },
  },
  { type: 'lifecycle', metadata: { action: 'instance-started', source: '' } },
  { type: 'lifecycle', metadata: { action: 'instance-started', source: '/1.0/instances/%zz' } },
  { type: 'lifecycle', metadata: { action: 'instance-started', source: '/1.0/instances/%ff' } },
  { type: 'lifecycle', metadata: { action: 'instance-started', source: '/1.0/instances/' } },
];

const shown = (value: unknown) => [inspect(value, { breakLength: Infinity }), value] as const;

describe('a message that is no event', () => {
  let server: EventServer;
  let warnings: string[];
  let client: Client;
  beforeEach(async () => {
    server = await EventServer.start();
    warnings = [];
    const log = { warn: (line: string) => warnings.push(line) };
    client = new Client({ socketPath: server.socketPath, log });
    afterwards(() => client.close());
    server.answer = (request, response) => {
      const one = { name: 'web', status: 'Running' };
      const path = request.url!.split('?')[0]!;
      if (path === '/1.0/instances') envelope(response, 200, { metadata: [one] });
      else if (path === '/1.0/instances/web') envelope(response, 200, { metadata: one });
      else envelope(response, 404, { type: 'error', error: 'Not found' });
    };
  });

  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

  it.each(odd.map(shown))('%s is left out, with a line in the log', async (_, value) => {
    const events = client.events.listen();
    const heard: unknown[] = [];
    client.events.on('lifecycle', (event) => heard.push(event.metadata.action));
    await Promise.all([events.ready, client.events.ready()]);
    server.sendText(text(value));
    server.send(lifecycle('instance-stopped'));
    expect(await take(events, 1)).toMatchObject([{ metadata: { action: 'instance-stopped' } }]);
    expect(heard).toEqual(['instance-stopped']);
    expect(warnings).toEqual(['GET /1.0/events: got a message that is not an event']);
  });

  it('ends no watch, no wait and no listener, and neither does one with odd parts', async () => {
    const watches = [
      client.instances.watch(),
      client.instances.ref('web').watch(),
      client.profiles.watch(),
      client.snapshots.watch(),
    ] as Watch<Instance>[];
    const waiting = client.instances.ref('web').waitFor(() => false, { timeout: 3000 });
    waiting.catch(() => undefined);
    const [first] = watches;
    await take(first!, 2);
    for (const value of [...odd, ...passable]) server.sendText(text(value));
    server.answer = (request, response) => {
      const path = request.url!.split('?')[0]!;
      if (path.startsWith('/1.0/instances/web'))
        envelope(response, 200, { metadata: { name: 'web', status: 'Stopped' } });
      else envelope(response, 404, { type: 'error', error: 'Not found' });
    };
    server.send(lifecycle('instance-stopped'));
    for (;;) {
      const [change] = await take(first!, 1);
      if (change?.type === 'changed' && change.model.status === 'Stopped') break;
    }
  });

  it.each(passable.map(shown))('%s is told, with what can be read of it', async (_, value) => {
    const events = client.events.listen({ types: ['lifecycle'] });
    await events.ready;
    server.sendText(text(value));
    const [event] = await take(events, 1);
    expect(event!.timestamp.toISOString()).toMatch(/^20/);
    expect(typeof event!.metadata.action).toBe('string');
  });
});
