import { setTimeout as delay } from 'node:timers/promises';
import type { Client, Instance, Watch } from 'tslxd';
import { memberTimes } from '../../../lib/events/member-news.js';
import { afterwards, until } from '../../rest/test-server.js';
import { envelope, EventServer, lifecycle, take } from '../../events/event-server.js';

// No event tells that a member of a cluster died or came back.

const membersPath = 'GET /1.0/cluster/members?recursion=1';

/** What a server of a cluster tells; `web` is on `n2`. */
class ClusterServer {
  online = true;
  /** What is answered in place of the members. */
  refusal: { status: number; error: string } | undefined;
  readonly #web: { name: string; location: string; created_at: string };

  constructor(
    readonly events: EventServer,
    location: string,
  ) {
    this.#web = { name: 'web', location, created_at: '2026-11-21T01:02:03Z' };
    events.answer = ({ url }, response) => {
      if (url!.startsWith('/1.0/cluster/members')) {
        if (this.refusal) {
          envelope(response, this.refusal.status, { type: 'error', ...this.refusal });
          return;
        }
        const status = this.online ? 'Online' : 'Offline';
        const metadata = ['n1', 'n2'].map((name) => ({
          server_name: name,
          status: name === 'n2' ? status : 'Online',
        }));
        envelope(response, 200, { metadata });
        return;
      }
      envelope(response, 200, { metadata: url!.includes('/web') ? this.web : [this.web] });
    };
  }

  get web() {
    const [status, code] = this.online ? ['Running', 103] : ['Error', 112];
    return { ...this.#web, status, status_code: code, state: null };
  }

  get polls(): number {
    return this.events.lines.filter((line) => line === membersPath).length;
  }
}

async function cluster(location = 'n2'): Promise<{ server: ClusterServer; client: Client }> {
  const usual = { ...memberTimes };
  Object.assign(memberTimes, { poll: 40 });
  afterwards(() => Object.assign(memberTimes, usual));
  const events = await EventServer.start();
  return { server: new ClusterServer(events, location), client: events.client() };
}

const told = (status: string) => [{ type: 'changed', key: 'web', model: { status } }];

describe('a watch of what is on the members of a cluster', () => {
  it.each([
    ['all', (client: Client) => client.instances.watch()],
    ['one', (client: Client) => client.instances.ref('web').watch()],
  ])('of %s tells of a member that goes away and comes back', async (_, watch) => {
    const { server, client } = await cluster();
    const changes: Watch<Instance> = watch(client);
    await take(changes, 2);
    await until(() => server.polls > 0);
    server.online = false;
    expect(await take(changes, 1)).toMatchObject(told('Error'));
    server.online = true;
    expect(await take(changes, 1)).toMatchObject(told('Running'));
  });

  it('looks again as long as something reads as if its member were away', async () => {
    const { server, client } = await cluster();
    server.online = false;
    const changes = client.instances.watch();
    expect(await take(changes, 2)).toMatchObject([{ model: { status: 'Error' } }, { type: 'synced' }]);
    await until(() => server.polls > 2);
    // Back for those who list, and Offline still in the list of the members.
    const { answer } = server.events;
    server.events.answer = (request, response) => {
      server.online = !request.url!.startsWith('/1.0/cluster');
      return answer(request, response);
    };
    expect(await take(changes, 1)).toMatchObject(told('Running'));
  });

  it('shares the looks at the members with all others, and ends them with the last', async () => {
    const { server, client } = await cluster();
    const { answer } = server.events;
    const held: (() => void)[] = [];
    server.events.answer = (request, response) => {
      if (request.url!.startsWith('/1.0/cluster')) held.push(() => void answer(request, response));
      else answer(request, response);
    };
    const all = Array.from({ length: 20 }, () => client.instances.watch());
    const more = [client.useProject('two').instances.watch(), client.instances.ref('web').watch()];
    for (const changes of [...all, ...more]) await take(changes, 2);
    await until(() => held.length > 0);
    await delay(100); // longer than the time between two looks
    expect(held).toHaveLength(1);
    held.shift()!();
    await until(() => held.length > 0);
    await Promise.all([...all, ...more].map(async (changes) => changes.return()));
    held.shift()!();
    await delay(100);
    expect(held).toEqual([]);
  });

  it('looks at none on a single server', async () => {
    const { server, client } = await cluster('none');
    const changes = client.instances.watch();
    await take(changes, 2);
    server.online = false; // something else is wrong with it
    server.events.send(lifecycle('instance-updated'));
    expect(await take(changes, 1)).toMatchObject(told('Error'));
    await delay(100);
    expect(server.polls).toBe(0);
  });

  it.each([
    [403, 'not permitted'],
    [500, 'Server is not clustered'],
  ])('asks no more after %i %s', async (status, error) => {
    const { server, client } = await cluster();
    server.refusal = { status, error };
    await take(client.instances.watch(), 2);
    await until(() => server.polls > 0);
    await delay(150);
    expect(server.polls).toBe(1);
  });

  it('goes on after 503 and the like', async () => {
    const { server, client } = await cluster();
    server.refusal = { status: 503, error: 'Failed to begin transaction' };
    const changes = client.instances.watch();
    await take(changes, 2);
    await until(() => server.polls > 1);
    server.refusal = undefined;
    await until(() => server.polls > 4);
    server.online = false;
    expect(await take(changes, 1)).toMatchObject(told('Error'));
  });
});
