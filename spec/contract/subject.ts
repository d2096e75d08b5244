import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { FakeServer } from '../../lib/testing/index.js';
import { describeReal, type RealServer } from '../real/harness.js';
import { call, ended, type Answer, type Ended } from '../testing/support.js';

/** A server that the contract is tried on: a fake or a real one. */
export interface Subject {
  product: 'lxd' | 'incus';
  isReal: boolean;
  socketPath: string;
  /** Of the busybox image. */
  imageAlias: string;
  /** A name that nothing else has; what bears it is deleted at the end. */
  name(label?: string): string;
  /** What differs by product. */
  pick<T>(values: { lxd: T; incus: T }): T;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** A call whose operation is waited for. */
  run(method: string, path: string, body?: unknown): Promise<Ended>;
  /** The metadata of a GET. */
  read(path: string): Promise<Answer['body']['metadata']>;
  /** An instance without an image; resolves with its path. */
  empty(more?: object): Promise<string>;
  /** The actions of the life cycle events about names that hold `name`, in their order, from before `work` until `last` came. */
  actions(name: string, last: string, work: () => Promise<unknown>): Promise<string[]>;
}

/** The same specs on four servers: the fake as LXD, the real LXD, the fake as Incus, the real Incus. */
export function describeContract(title: string, block: (subject: Subject) => void): void {
  for (const product of ['lxd', 'incus'] as const) {
    describe(`${title} on the fake as ${product}`, () => {
      const imageAlias = 'busybox';
      let fake: FakeServer;
      const subject = subjectOf({ product, isReal: false, imageAlias, socketPath: () => fake.socketPath });
      beforeAll(async () => {
        fake = await FakeServer.start({ product, operationTime: 1, https: true });
        // As the real ones that servers.sh sets up.
        await subject.call('PATCH', '/1.0', { config: { 'core.https_address': '127.0.0.1:8443' } });
        fake.addImage({ aliases: [imageAlias], properties: { os: 'busybox' } });
      });
      afterAll(() => fake.close());
      block(subject);
    });
  }
  describeReal(`${title}, for real,`, (real) => {
    beforeAll(() => real.ensureImage());
    block(realSubject(real));
  });
}

/** A real server to try the contract on, which must have the image. */
export function realSubject({ product, socketPath, imageAlias, prefix }: RealServer): Subject {
  return subjectOf({ product, isReal: true, imageAlias, prefix, socketPath: () => socketPath });
}

interface Facts {
  product: 'lxd' | 'incus';
  isReal: boolean;
  imageAlias: string;
  prefix?: string;
  socketPath: () => string;
}

function subjectOf({ prefix = `c-${randomBytes(2).toString('hex')}`, ...facts }: Facts): Subject {
  let names = 0;
  const subject: Subject = {
    ...facts,
    get socketPath() {
      return facts.socketPath();
    },
    name: (label = 'x') => `${prefix}-${label}-${String(++names)}`,
    pick: (values) => values[facts.product],
    call: (...given) => call(facts.socketPath(), ...given),
    run: async (...given) => {
      const answer = await subject.call(...given);
      if (answer.status !== 202) throw new Error(`${given[0]} ${given[1]}: ${answer.text}`);
      return ended(facts.socketPath(), answer);
    },
    read: async (path) => (await subject.call('GET', path)).body.metadata,
    empty: async (more = {}) => {
      const body = { name: subject.name('empty'), source: { type: 'none' }, ...more };
      await subject.run('POST', '/1.0/instances', body);
      return `/1.0/instances/${body.name}`;
    },
    actions: async (name, last, work) => {
      const socket = new WebSocket('ws://x/1.0/events?type=lifecycle', {
        createConnection: () => connect(facts.socketPath()),
      });
      const seen: string[] = [];
      try {
        // Its first ping says that it is listed.
        await new Promise((resolve, reject) => socket.once('ping', resolve).once('error', reject));
        const over = new Promise<void>((resolve) => {
          socket.on('message', (data: Buffer) => {
            const { action, source } = (JSON.parse(data.toString()) as LifecycleEvent).metadata;
            if (!source.includes(name)) return;
            seen.push(action);
            if (action === last) resolve();
          });
        });
        await work();
        await over;
        return seen;
      } finally {
        socket.terminate();
      }
    },
  };
  return subject;
}

interface LifecycleEvent {
  metadata: { action: string; source: string };
}
