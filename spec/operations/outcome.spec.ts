import {
  BadRequestError,
  NotFoundError,
  OperationCancelledError,
  OperationError,
  OperationExpiredError,
  ServerError,
} from '../../lib/errors/index.js';
import type { OperationData } from '../../lib/operations/index.js';
import { expired, failureFrom, isServerTimeout, updateFrom } from '../../lib/operations/outcome.js';

const subject = {
  id: 'op-1',
  description: 'Starting instance',
  method: 'PUT',
  path: '/1.0/instances/web/state',
};

function data(status_code: number, err = '', metadata: Record<string, unknown> = {}): OperationData {
  return { id: 'op-1', status_code, err, metadata, status: 'x' } as OperationData;
}

describe('the description of an operation', () => {
  it.each([100, 101, 103, 104, 105, 106, 112])('of code %i still runs', (code) => {
    expect(updateFrom(data(code), subject).state).toBe('running');
  });

  it('of code 200 has succeeded', () => {
    expect(updateFrom(data(200), subject)).toMatchObject({ state: 'succeeded' });
  });

  it('of code 400 has failed, and its metadata is kept but not printed', () => {
    const { state, error } = updateFrom(
      data(400, 'No space left', { return: 127, secret: 's3cret' }),
      subject,
    );
    expect(state).toBe('failed');
    expect(error).toBeInstanceOf(OperationError);
    expect(error).toMatchObject({ operation: 'op-1', status: 400, method: 'PUT', metadata: { return: 127 } });
    expect(error?.message).toBe(
      'PUT /1.0/instances/web/state: operation op-1 (Starting instance) failed: No space left',
    );
    expect(JSON.stringify(error)).not.toContain('s3cret');
  });

  it.each([
    [401, ''],
    [400, 'context canceled'],
    [400, 'Context Cancelled'],
  ])('of code %i "%s" was cancelled', (code, err) => {
    const { state, error } = updateFrom(data(code, err), subject);
    expect(state).toBe('cancelled');
    expect(error).toBeInstanceOf(OperationCancelledError);
    expect(error).toBeInstanceOf(OperationError);
  });
});

describe('the error of a wait', () => {
  it('is the failure, when the operation can no longer be read', () => {
    const error = new BadRequestError('GET /1.0/operations/op-1/wait: Command not found (400)', {
      status: 400,
    });
    expect(failureFrom(error, subject)).toMatchObject({
      state: 'failed',
      error: { message: expect.stringMatching(/failed: Command not found$/), cause: error },
    });
  });

  it('may only say that the server did not wait any longer', () => {
    expect(isServerTimeout(new ServerError('GET x: context deadline exceeded (500)'))).toBe(true);
    expect(isServerTimeout(new NotFoundError('GET x: Operation not found (404)'))).toBe(false);
  });

  it('of an operation that is gone leaves its end open', () => {
    const { state, error } = expired(subject);
    expect(state).toBe('expired');
    expect(error).toBeInstanceOf(OperationExpiredError);
    expect(error?.message).toMatch(/may have succeeded or failed/);
  });
});
