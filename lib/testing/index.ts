export { FakeServer, type FakeServerOptions, type MswHttp } from './server.js';
export type { Fault } from './faults/fault.js';
export type { InjectedFault } from './faults/faults.js';
export type { RequestMatch } from './faults/match.js';
export type { InstanceFixture, SnapshotFixture } from './fixtures/instances.js';
export type { ImageFixture, OperationFixture, ProfileFixture } from './fixtures/others.js';
export type { FakeEndpoint } from './http/network.js';
export type { LoggedRequest } from './http/log.js';
export { ManualClock, type Clock } from './state/clock.js';
