import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { FakeServer } from '../../lib/testing/index.js';
import { absent, describeReal } from '../real/harness.js';
import { canStart, removeAll, startOwnDaemons, type OwnDaemon } from '../real/own-daemon.js';
import { makeCertificate } from '../support/certificates.js';
import { lifecycleOf } from './lifecycle.js';
import { outcome, shape } from './parity.js';
import { call, ended, type Answer } from './support.js';

/** A server as the other one of a migration sees it. */
interface End {
  socketPath: string;
  url: string;
  certificate: string;
}

/** Two servers of one kind: what one is asked to give the other takes. */
class World {
  readonly seen: unknown[] = [];
  baseImage = '';

  constructor(
    readonly source: End,
    readonly target: End,
    private readonly stranger: string,
  ) {}

  /** Notes what was said, and what the operation came to if it is waited for. */
  async note(label: string, { socketPath }: End, answer: Answer, isWaited = true): Promise<void> {
    const end = isWaited && answer.body.operation ? outcome(await ended(socketPath, answer)) : undefined;
    const { class: kind, description, may_cancel: mayCancel } = answer.body.metadata ?? {};
    this.seen.push({ label, ...shape(answer), kind, description, mayCancel, end });
  }

  async same(label: string, at: End, method: string, path: string, body?: object): Promise<Answer> {
    const answer = await call(at.socketPath, method, path, body);
    await this.note(label, at, answer);
    const { metadata } = answer.body;
    if (Array.isArray(metadata)) this.seen.push([...(metadata as string[])].sort());
    return answer;
  }

  offer(more: object = {}, path = '/1.0/instances/w'): Promise<Answer> {
    return call(this.source.socketPath, 'POST', path, { name: 'w', migration: true, live: false, ...more });
  }

  take(from: Answer | undefined, source: object = {}, more: object = {}): Promise<Answer> {
    const pulled = from && {
      operation: this.source.url + from.body.operation!,
      secrets: from.body.metadata.metadata as object,
      certificate: this.source.certificate,
    };
    const body = {
      ...{ name: 'w', architecture: 'x86_64', type: 'container', profiles: ['default'] },
      ...{ config: { 'user.a': '1' }, devices: {}, ...more },
      source: {
        type: 'migration',
        mode: from ? 'pull' : 'push',
        live: false,
        'base-image': this.baseImage,
        ...pulled,
        ...source,
      },
    };
    return call(this.target.socketPath, 'POST', '/1.0/instances', body);
  }

  /** Brings it over, and looks at both ends and at what there is then. */
  async pull(label: string, asked: Answer, source: object = {}): Promise<void> {
    const taken = await this.take(asked, source);
    await this.note(`${label}: target`, this.target, taken);
    await this.note(`${label}: source`, this.source, asked);
    for (const path of ['', '/snapshots', '/snapshots/one']) {
      await this.same(`${label}: made`, this.target, 'GET', `/1.0/instances/w${path}`);
    }
    const { body } = await call(this.target.socketPath, 'GET', '/1.0/instances/w');
    const { config, devices } = body.metadata as { config: Record<string, string>; devices: object };
    this.seen.push(label, devices, config['user.a'], config['volatile.apply_template']);
  }

  async drop(): Promise<void> {
    await ended(this.target.socketPath, await call(this.target.socketPath, 'DELETE', '/1.0/instances/w'));
  }

  async refusedBodies(): Promise<void> {
    const { source, target } = this;
    const asked = await this.offer();
    const refused = async (label: string, body: object, more?: object) => {
      await this.note(label, target, await this.take(asked, body, { name: 'x', ...more }));
      await this.same(`${label}: left`, target, 'GET', '/1.0/instances');
    };
    await refused('mode', { mode: 'relay' });
    await refused('no mode', { mode: '' });
    await refused('architecture', {}, { architecture: 'nope' });
    await refused('no certificate', { certificate: 'nope' });
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    await refused('broken certificate', { certificate: broken });
    await refused('no secrets', { secrets: {} });
    await refused('half the secrets', { secrets: { control: 'x' } });
    await refused('profile', {}, { profiles: ['nope'] });
    await refused('live', { live: true });
    await refused('unknown operation', { operation: `${source.url}/1.0/operations/${randomUUID()}` });
    await refused('wrong secrets', { secrets: { control: 'x', fs: 'y' } });
    await refused("another's certificate", { certificate: this.stranger });
    await refused('unknown certificate', { certificate: '' });
    await refused('nobody there', { operation: `https://127.0.0.1:1/1.0/operations/${randomUUID()}` });
    await refused('no operation', { operation: '' });
    await this.same('cancelled', source, 'DELETE', asked.body.operation!);
    await this.note('cancelled: source', source, asked);
  }

  async refusedPushes(): Promise<void> {
    const { source, target } = this;
    const taken = await this.take(undefined);
    await this.note('push: target', target, taken, false);
    await this.same('push: cancelled', target, 'DELETE', taken.body.operation!);
    const push = async (label: string, more: object) => {
      const where = {
        operation: target.url + taken.body.operation!,
        secrets: taken.body.metadata.metadata as object,
        certificate: target.certificate,
      };
      await this.note(`push: ${label}`, source, await this.offer({ target: { ...where, ...more } }));
    };
    await push('unknown operation', { operation: `${target.url}/1.0/operations/${randomUUID()}` });
    await push('wrong secrets', { secrets: { control: 'x', fs: 'y' } });
    await push("another's certificate", { certificate: this.stranger });
    await push('no certificate', { certificate: 'nope' });
    await push('nobody there', { operation: `https://127.0.0.1:1/1.0/operations/${randomUUID()}` });
    await push('well', {});
    await this.note('push: target', target, taken);
  }

  /** Our process is the other end, and not what either expects. */
  async strangers(): Promise<void> {
    const acts: [label: string, act: (control: WebSocket) => void][] = [
      ['lost', (control) => control.terminate()],
      ['left', (control) => control.close(1000)],
      ['text', (control) => control.send('{}')],
    ];
    for (const [label, act] of acts) {
      const asked = await this.offer();
      const given = await this.#connect(this.source, asked);
      await given.offered;
      act(given.control);
      await this.note(`source: ${label}`, this.source, asked);
      const taken = await this.take(undefined);
      const { control } = await this.#connect(this.target, taken);
      await this.same('too early', this.target, 'PUT', '/1.0/instances/w/state', { action: 'start' });
      await this.same('too early', this.target, 'DELETE', '/1.0/instances/w');
      act(control);
      await this.note(`target: ${label}`, this.target, taken);
      await this.same('left', this.target, 'GET', '/1.0/instances');
    }
    const asked = await this.offer();
    for (const secret of ['', '?secret=', '?secret=x']) {
      this.seen.push(await this.#refusal(this.source, asked, secret));
    }
    await call(this.source.socketPath, 'DELETE', asked.body.operation!);
  }

  /** One after the other: LXD dies of two at once. */
  async #connect({ socketPath }: End, { body }: Answer) {
    const { control, fs } = body.metadata.metadata as { control: string; fs: string };
    const open = async (secret: string) => {
      const socket = new WebSocket(`ws+unix://${socketPath}:${body.operation!}/websocket?secret=${secret}`);
      socket.on('error', () => undefined);
      await once(socket, 'open');
      return socket;
    };
    const first = await open(control);
    const offered = once(first, 'message');
    offered.catch(() => undefined);
    await open(fs);
    return { control: first, offered };
  }

  #refusal({ socketPath }: End, { body }: Answer, query: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws+unix://${socketPath}:${body.operation!}/websocket${query}`);
      socket.on('open', () => reject(new Error('not refused')));
      socket.on('error', () => undefined);
      socket.on('unexpected-response', (_, { statusCode }) => resolve([query, statusCode]));
    });
  }
}

describeReal('the fake and the real server migrate alike', (real) => {
  if (!canStart(real.product)) {
    absent(`${real.name}: no daemon of one's own can be started here`);
    return;
  }

  let daemons: OwnDaemon[] = [];
  let fakes: FakeServer[] = [];
  let worlds: World[] = [];

  beforeAll(async () => {
    const options = { product: real.product, https: true, operationTime: 1 };
    daemons = await startOwnDaemons(real, 2, { https: true });
    fakes = await Promise.all([FakeServer.start(options), FakeServer.start(options)]);
    const { cert } = await makeCertificate({ commonName: 'stranger' });
    const ends = daemons.map(({ server }): End => ({
      socketPath: server.socketPath,
      url: server.httpsUrl,
      certificate: server.serverCert,
    }));
    const fakeEnds = fakes.map(({ socketPath, endpoint }): End => ({
      socketPath,
      url: endpoint.endpoint,
      certificate: endpoint.serverCert,
    }));
    worlds = [ends, fakeEnds].map(([source, target]) => new World(source!, target!, cert));
    const fingerprint = await daemons[0]!.server.ensureImage();
    const { properties } = await daemons[0]!.server.read<{ properties: Record<string, string> }>(
      `/1.0/images/${fingerprint}`,
    );
    const images = [fingerprint, fakes[0]!.addImage({ properties })];
    for (const [index, world] of worlds.entries()) {
      const { socketPath } = world.source;
      world.baseImage = images[index]!;
      const source = { type: 'image', fingerprint: world.baseImage };
      await ended(socketPath, await call(socketPath, 'POST', '/1.0/instances', { name: 'w', source }));
      for (const name of ['one', 'two']) {
        await ended(socketPath, await call(socketPath, 'POST', '/1.0/instances/w/snapshots', { name }));
      }
    }
  }, 60_000);

  afterAll(async () => {
    await Promise.all(fakes.map((fake) => fake.close()));
    await removeAll(daemons);
  }, 60_000);

  /** Both worlds see the same. */
  async function same(walk: (world: World) => Promise<void>): Promise<void> {
    for (const world of worlds) {
      world.seen.length = 0;
      await walk(world);
    }
    const [truth, fake] = worlds;
    expect(fake!.seen).toEqual(truth!.seen);
  }

  it('pulled, and told of', () =>
    same(async (world) => {
      let given: string[] = [];
      const last = real.product === 'incus' ? 'instance-migrated' : undefined;
      const taken = await lifecycleOf(
        world.target.socketPath,
        '/w',
        'instance-snapshot-created /1.0/instances…/snapshots/two',
        async () => {
          const move = async () => world.pull('pull', await world.offer());
          if (last) given = await lifecycleOf(world.source.socketPath, '/w', last, move);
          else await move();
        },
      );
      world.seen.push(taken, given);
      await world.note('taken', world.target, await world.take(await world.offer()));
      await world.pull('refreshed', await world.offer(), { refresh: true });
      await world.drop();
    }));

  it('a snapshot', () =>
    same(async (world) => {
      const path = '/1.0/instances/w/snapshots/one';
      const asked = await world.offer({}, path);
      await world.note('offer', world.source, asked, false);
      await world.pull('snapshot', asked);
      await world.note('live', world.source, await world.offer({ live: true, name: 'x' }, path));
      await world.drop();
    }));

  it('refused pulls', () => same((world) => world.refusedBodies()));

  it('pushes', () =>
    same(async (world) => {
      await world.refusedPushes();
      await world.drop();
    }));

  it('of whom neither knows', () => same((world) => world.strangers()), 120_000);

  it('what runs', () =>
    same(async (world) => {
      const { source } = world;
      const state = (action: string) =>
        world.same(action, source, 'PUT', '/1.0/instances/w/state', { action, force: true });
      await state('start');
      await world.note('live', source, await world.offer({ live: true }));
      world.seen.push(
        await lifecycleOf(source.socketPath, '/w', 'instance-stopped', async () => {
          await world.pull('running', await world.offer());
          await world.same('start', world.target, 'PUT', '/1.0/instances/w/state', { action: 'start' });
          const refreshed = await world.take(await world.offer(), { refresh: true });
          await world.note('busy', world.target, refreshed);
          const stop = { action: 'stop', force: true };
          await world.same('stop', world.target, 'PUT', '/1.0/instances/w/state', stop);
          await state('stop');
        }),
      );
      await world.drop();
    }));
});
