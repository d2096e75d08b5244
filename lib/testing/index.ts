export { FakeServer, type FakeServerOptions } from './server.js';
export type { InstanceFixture, SnapshotFixture } from './fixtures/instances.js';
export type { ImageFixture, OperationFixture, ProfileFixture } from './fixtures/others.js';
export type { LoggedRequest } from './http/log.js';
export { ManualClock, type Clock } from './state/clock.js';
