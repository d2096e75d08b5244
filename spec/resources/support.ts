import { jest } from '@jest/globals';
import type { Client } from 'tslxd';
import { FakeServer, type FakeServerOptions } from 'tslxd/testing';

/** Runs a block against the fake of each product; everything is closed after each test. */
export function describeFakes(title: string, block: (start: Start, product: 'lxd' | 'incus') => void): void {
  describe.each(['lxd', 'incus'] as const)(`${title} on the fake %s`, (product) => {
    const servers: FakeServer[] = [];
    afterEach(async () => {
      for (const server of servers.splice(0)) await server.close();
    });
    block(async (options = {}) => {
      const server = await FakeServer.start({ product, ...options });
      servers.push(server);
      return { server, client: server.client() };
    }, product);
  });
}

export type Start = (options?: FakeServerOptions) => Promise<{ server: FakeServer; client: Client }>;

/** `GET /1.0/instances/web`, as the server logged it. */
export function sent(server: FakeServer): string[] {
  return server.requests.map(({ method, path }) => `${method} ${path}`);
}

/** The error that a promise rejects with, which must be of this class, for looking at it from several sides. */
export async function rejection<E extends Error>(
  promise: Promise<unknown>,
  Class: abstract new (...args: never[]) => E,
): Promise<E> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Class) return error;
    throw error;
  }
  throw new Error('it did not reject');
}

/** Does what a program does in one go: on a busy machine a reading would else be too old for its save, which reads anew. */
export async function inOneGo<T>(work: () => Promise<T>): Promise<T> {
  const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
  try {
    return await work();
  } finally {
    clock.mockRestore();
  }
}
