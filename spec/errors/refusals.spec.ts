import {
  AlreadyExistsError,
  BadRequestError,
  ConflictError,
  ForbiddenError,
  InUseError,
  NotFoundError,
  operationFailure,
  OperationError,
  PreconditionFailedError,
  refusalError,
  responseError,
  ServerError,
} from '../../lib/errors/index.js';

/** What LXD 5.0.2, Incus 6.0.4 and Incus 7.0.2 answered, with the status that they gave it. */
const exists: [status: number, text: string][] = [
  [400, 'Create instance: Failed creating instance record: This "instances" entry already exists'],
  [500, 'Failed creating instance record: Add instance info to the database: This instance already exists'],
  [409, 'Name "web" already in use'],
  [409, "Name 'web/s1' already in use"],
  [409, 'Snapshot "s1" already in use'],
  [400, 'Create backup: Backup "web/b1" already exists'],
  [500, 'Error inserting "p" into database: The profile already exists'],
  [409, 'Profile "p" already exists'],
  [400, 'Image with same fingerprint already exists'],
  [500, 'The image already exists: 0123abc'],
  [409, 'Alias "a" already exists'],
  [400, 'The network already exists'],
  [409, 'Network "n" already exists'],
  [409, 'A forward for that listen address already exists'],
  [400, 'The network ACL already exists'],
  [500, 'An ACL by that name exists already'],
  [400, 'The network zone already exists'],
  [500, 'UNIQUE constraint failed: networks_zones_records.name'],
  [
    400,
    'Create custom volume from backup: Error inserting volume "v" for project "default" in pool "p" of type "custom" into database "UNIQUE constraint failed: storage_volumes.name, storage_volumes.type"',
  ],
  [409, 'This "NetworkZoneRecord" entry already exists'],
  [400, 'Pool with name "p" already exists on network "n"'],
  [500, 'The storage pool is already created'],
  [409, 'Volume by that name already exists'],
  [400, 'Cannot restore volume, already exists on target'],
  [400, 'rename /var/snapshots/a /var/snapshots/b: file exists'],
  [409, 'Certificate already in trust store'],
];

const inUse: [status: number, text: string][] = [
  [500, 'Profile is currently in use'],
  [400, 'The network is currently in use'],
  [400, 'Network is currently in use'],
  [500, 'Cannot delete an ACL that is in use'],
  [500, 'Cannot rename an ACL that is in use'],
  [500, 'Cannot delete a zone that is in use'],
  [400, 'The storage pool is currently in use'],
  [400, 'The storage volume is still in use'],
  [500, 'Volume is still in use by running instances'],
  [500, 'Cannot restore custom volume used by running instances'],
  [500, 'Only empty projects can be removed'],
  [400, 'Only empty projects can be renamed'],
];

const rows = [
  ...exists.map((row) => [...row, AlreadyExistsError, 'ERR_LXD_ALREADY_EXISTS'] as const),
  ...inUse.map((row) => [...row, InUseError, 'ERR_LXD_IN_USE'] as const),
];

describe('what a refusal is about, whatever its status', () => {
  test.each(rows)('%i %s', (status, text, Class, code) => {
    const asked = { method: 'POST', path: '/1.0/things' };
    const error = responseError(status, `POST /1.0/things: ${text} (${String(status)})`, asked);
    expect(error).toBeInstanceOf(Class);
    expect(error).toBeInstanceOf(ConflictError);
    expect(error).toMatchObject({ code, status, ...asked });
    expect(error.message).toContain(text);
  });

  test.each(rows)('also where it is the operation that fails: %i %s', (_, text, Class, code) => {
    const details = { status: 400, operation: 'op-1', method: 'POST', path: '/1.0/things' };
    const error = operationFailure(`operation op-1 failed: ${text}`, { ...details, metadata: { a: 1 } });
    expect(error).toBeInstanceOf(Class);
    expect(error).toMatchObject({ code, ...details });
  });
});

describe('a refusal that only sounds like it', () => {
  test.each([
    [400, 'Invalid value for config key "user.x": "already exists"', BadRequestError],
    [400, 'Invalid name "in use"', BadRequestError],
    [500, 'listen tcp 0.0.0.0:80: bind: address already in use', ServerError],
    [500, 'Snapshot is not in use', ServerError],
    [403, 'Certificate already in trust store', ForbiddenError],
    [404, 'The thing that already exists is not found', NotFoundError],
    [412, 'Precondition failed: already exists', PreconditionFailedError],
    [409, 'Network forward found on more than one cluster member', ConflictError],
  ])('stays what its status says: %i %s', (status, text, Class) => {
    expect(responseError(status, text).constructor).toBe(Class);
  });

  test('is one of a project that one may not see, in the words of Incus alone', () => {
    const said = 'User does not have permissions for project "default"';
    for (const text of [said, `Failed to list: ${said}`]) {
      expect(responseError(500, `GET /1.0/instances: ${text} (500)`).constructor).toBe(ForbiddenError);
    }
    expect(responseError(500, `GET /1.0/instances: Bad name "x: ${said}" (500)`).constructor).toBe(
      ServerError,
    );
  });

  test('is an operation that failed', () => {
    const error = operationFailure('failed: Out of space', { status: 400, metadata: { return: 1 } });
    expect(error.constructor).toBe(OperationError);
    expect(error).toMatchObject({ metadata: { return: 1 } });
  });
});

describe('an instance that is being created by somebody else', () => {
  const text = 'Instance is busy running a "create" operation';

  test.each(['/1.0/instances', '/1.0/containers', '/1.0/virtual-machines'])('exists: POST %s', (path) => {
    expect(responseError(400, text, { method: 'POST', path })).toBeInstanceOf(AlreadyExistsError);
  });

  test.each([
    ['PUT', '/1.0/instances/web/state'],
    ['POST', '/1.0/instances/web/exec'],
    ['DELETE', '/1.0/instances/web'],
  ])('is only busy for %s %s', (method, path) => {
    expect(responseError(400, text, { method, path }).constructor).toBe(BadRequestError);
  });
});

test('a kind may have words of its own', () => {
  const texts = { exists: /defined on member/, inUse: /is enslaved/ };
  const refused = (text: string) => refusalError(text, { status: 400 }, texts);
  expect(refused('Pool already defined on member n1')).toBeInstanceOf(AlreadyExistsError);
  expect(refused('Interface is enslaved')).toBeInstanceOf(InUseError);
  expect(refused('The network already exists')).toBeUndefined();
});
