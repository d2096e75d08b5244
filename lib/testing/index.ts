export { FakeServer, type FakeClientOptions, type FakeServerOptions, type MswHttp } from './server.js';
export type { ConsoleHandler, FakeConsole, FakeConsoleResult } from './console/console.js';
export type { ExecHandler, FakeCommand, FakeCommandResult } from './exec/command.js';
export type { WindowSize } from './exec/window.js';
export type { FakeFiles } from './exec/files.js';
export type { Fault } from './faults/fault.js';
export type { InjectedFault } from './faults/faults.js';
export type { RequestMatch } from './faults/match.js';
export type { InstanceFixture, SnapshotFixture } from './fixtures/instances.js';
export type {
  IdentityFixture,
  ImageFixture,
  OperationFixture,
  ProfileFixture,
  WarningFixture,
} from './fixtures/others.js';
export type { Fixture, FixturePath } from './fixtures/things.js';
export type { FakeEndpoint, TrustOptions } from './http/network.js';
export type { TokenHandler } from './kinds/auth/oidc.js';
export type { LoggedRequest } from './http/log.js';
export { ManualClock, type Clock } from './state/clock.js';
