/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const probe = join(__dirname, 'spec/real/probe.js');
const foundServers = JSON.parse(execFileSync(process.execPath, [probe], { encoding: 'utf8' })) as object[];
const isReal = foundServers.some((found) => 'version' in found);

// With TSLXD_REQUIRE_REAL they are loaded all the same, and fail.
const needServers = ['/spec/real/', String.raw`/parity[^/]*\.spec\.ts$`];
const isWithout = !isReal && process.env.TSLXD_REQUIRE_REAL !== '1';
if (isWithout) {
  console.warn(
    'No LXD or Incus answers here: the specs of spec/real and the parity specs are skipped.\n' +
      'As root, `spec/real/servers.sh start` prepares and starts both.\n',
  );
}

// As tsconfig.json has it; ts-jest takes four times as long.
const swc = {
  sourceMaps: true, // in files of their own: in the code they would be read with each module of each spec
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, useDefineForClassFields: false, verbatimModuleSyntax: true },
    keepClassNames: true,
  },
  module: { type: 'es6' },
};

// Run by `npm run spec`, which gives Node the flag that jest's ESM mode needs.
const config: Config = {
  testEnvironment: '<rootDir>/spec/support/environment.js',
  roots: ['<rootDir>/spec'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', ...(isWithout ? needServers : [])],
  // Real daemons have enough to do with three files at a time; else two for each processor, since many specs wait.
  maxWorkers: isReal ? 3 : 2 * availableParallelism(),
  // A worker that nothing keeps alive may need longer than jest's 500 ms to free its memory on a busy machine.
  workerGracefulExitTimeout: 20_000,
  testSequencer: '<rootDir>/spec/support/sequencer.js',
  testTimeout: isReal ? 120_000 : 30_000, // real daemons on a busy machine
  reporters: [
    'default',
    ...(process.env.TSLXD_SUMMARY ? ['<rootDir>/spec/support/summary-reporter.js'] : []),
  ],
  globals: { foundServers },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^tslxd$': '<rootDir>/lib/index.ts',
    '^tslxd/testing$': '<rootDir>/lib/testing/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
};

export default config;
