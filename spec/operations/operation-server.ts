import type { ServerResponse } from 'node:http';
import {
  run,
  start,
  type Operation,
  type OperationData,
  type StartOptions,
} from '../../lib/operations/index.js';
import type { Scope } from '../../lib/rest/session.js';
import { fail, serve, started, sync, type Seen, type TestServer } from '../rest/test-server.js';

export const id = '9d5b8a1e-2c3f-4f3e-9a55-0c9d5a7be001';
export const path = `/1.0/operations/${id}`;
export const request = { method: 'PUT', path: '/1.0/instances/web/state', body: { action: 'start' } };

/** An operation as servers describe it. */
export function described(more: Partial<OperationData> = {}): OperationData {
  return {
    id,
    class: 'task',
    description: 'Starting instance',
    created_at: '2026-11-21T01:02:03.123456789Z',
    updated_at: '0001-01-01T00:00:00Z',
    status: 'Running',
    status_code: 103,
    resources: { instances: ['/1.0/instances/web'] },
    metadata: {},
    may_cancel: true,
    err: '',
    location: 'none',
    ...more,
  };
}

export const succeeded = described({ status: 'Success', status_code: 200, metadata: { done: true } });
export const failed = described({
  status: 'Failure',
  status_code: 400,
  err: 'No space left',
  metadata: { return: 127 },
});

export type Answering = (response: ServerResponse, seen: Seen, nth: number) => unknown;

/** How a server answers to what concerns its one operation; `nth` counts the requests of each kind. */
export interface Script {
  start?: Answering;
  wait?: Answering;
  get?: Answering;
  cancel?: Answering;
  /** The query of the operation's URL. */
  query?: string;
}

/** A server of one operation. */
export async function operationServer({ query = '', ...script }: Script): Promise<TestServer> {
  const nth: Record<string, number> = {};
  return serve((response, seen) => {
    const own = seen.url.startsWith(path);
    const kind = !own
      ? 'start'
      : seen.method === 'DELETE'
        ? 'cancel'
        : seen.url.startsWith(`${path}/wait`)
          ? 'wait'
          : 'get';
    nth[kind] = (nth[kind] ?? 0) + 1;
    const answer = script[kind] ?? usual[kind](query);
    answer(response, seen, nth[kind]);
  });
}

const usual: Record<'start' | 'wait' | 'get' | 'cancel', (query: string) => Answering> = {
  start: (query) => (response) => started(response, path + query, described()),
  wait: () => () => {}, // it never ends
  get: () => (response) => sync(response, described()),
  cancel: () => (response) => sync(response),
};

export const says =
  (data: OperationData): Answering =>
  (response) =>
    sync(response, data);

/** An error as `/wait` sends it: inside HTTP 200. */
export const inside =
  (code: number, error: string): Answering =>
  (response) =>
    fail(response, code, error, 200);

export const gone: Answering = (response) => fail(response, 404, 'Operation not found');

/** Starts the operation as one that is about to be waited for: over `/wait`. */
export function begin(server: TestServer, scope: Scope = {}): Promise<Operation<unknown>> {
  return start(server.session(scope), request, ({ metadata }) => metadata, { waited: true });
}

/** Starts the operation and waits for it. */
export function carryOut(server: TestServer, options: StartOptions = {}): Promise<unknown> {
  return run(server.session(), request, options, ({ metadata }) => metadata);
}
