import {
  BadRequestError,
  ConnectionError,
  ForbiddenError,
  NotFoundError,
  ServerError,
} from '../../lib/errors/index.js';
import type { OperationData } from '../../lib/operations/index.js';
import { follow } from '../../lib/operations/follow.js';
import { Tracker } from '../../lib/operations/tracker.js';
import type { Session } from '../../lib/rest/session.js';

const url = '/1.0/operations/op-1?project=two';
const wait = 'GET /1.0/operations/op-1/wait?project=two';
const read = `GET ${url}`;

function data(status_code: number, err = '', metadata = {}): OperationData {
  return { id: 'op-1', status_code, err, metadata, status: 'x' } as OperationData;
}

const gone = () => new NotFoundError('GET x: Operation not found (404)', { status: 404 });
const lost = () => new ConnectionError('GET x: lost');

/** Follows with a server that gives these answers, one after the other; each names the request that it is for. */
async function followed(...answers: [string, OperationData | Error][]): Promise<Tracker<OperationData>> {
  const session = {
    send: async ({ method, path }: { method: string; path: string }) => {
      const [expected, answer] = answers.shift() ?? [];
      expect(`${method} ${path}`).toBe(expected);
      if (answer instanceof Error) throw answer;
      return { type: 'sync', metadata: answer, status: 200, headers: {} };
    },
  } as unknown as Session;
  const tracker = new Tracker<OperationData>({ state: 'running' }, () => 'Operation op-1');
  await follow(session, url, { id: 'op-1' }, tracker, new AbortController().signal);
  expect(answers).toEqual([]);
  return tracker;
}

describe('the end of an operation, in every shape that servers give it', () => {
  it('a good end', async () => {
    expect((await followed([wait, data(200)])).state).toBe('succeeded');
  });

  it('LXD 5.0: a failed operation in a good answer', async () => {
    const { state, error } = await followed([wait, data(400, 'No', { return: 127 })]);
    expect(state).toBe('failed');
    expect(error).toMatchObject({ metadata: { return: 127 }, message: expect.stringContaining('No') });
  });

  it('Incus and LXD main: an error without the operation, which a GET still has', async () => {
    const refused = new BadRequestError('GET x: Command not found (400)', { status: 400 });
    const { error } = await followed(
      [wait, refused],
      [read, data(400, 'Command not found', { return: 127 })],
    );
    expect(error).toMatchObject({ metadata: { return: 127 } });
  });

  it('the same, and the operation is gone already', async () => {
    const refused = new BadRequestError('GET x: Command not found (400)', { status: 400 });
    const { state, error } = await followed([wait, refused], [read, gone()]);
    expect(state).toBe('failed');
    expect(error?.message).toMatch(/Command not found$/);
  });

  it('gone before we came: its end is not known', async () => {
    const { state, error } = await followed([wait, gone()], [read, gone()]);
    expect(state).toBe('expired');
    expect(error).toMatchObject({ code: 'ERR_LXD_OPERATION_EXPIRED' });
  });

  it("the server's own waiting time is over: it goes on", async () => {
    const over = new ServerError('GET x: context deadline exceeded (500)', { status: 500 });
    const { state } = await followed([wait, over], [read, data(103)], [wait, data(200)]);
    expect(state).toBe('succeeded');
  });

  it('a wait that is cut short with the operation still running is repeated', async () => {
    expect((await followed([wait, data(103)], [wait, data(200)])).state).toBe('succeeded');
  });

  it('a wait that is not permitted becomes looking', async () => {
    const forbidden = () => new ForbiddenError('GET x: Forbidden (403)', { status: 403 });
    const steps: [string, OperationData | Error][] = [
      [wait, forbidden()],
      [read, data(103)],
      [wait, forbidden()],
    ];
    expect((await followed(...steps, [read, data(200)])).state).toBe('succeeded');
    const { error } = await followed([wait, forbidden()], [read, forbidden()]);
    expect(error).toBeInstanceOf(ForbiddenError);
  });

  it('a restart of the server in the middle ends in the truth', async () => {
    expect((await followed([wait, lost()], [wait, lost()], [wait, data(200)])).state).toBe('succeeded');
    expect((await followed([wait, lost()], [wait, gone()], [read, gone()])).state).toBe('expired');
    expect((await followed([wait, gone()], [read, lost()], [wait, gone()], [read, gone()])).state).toBe(
      'expired',
    );
  });
});
