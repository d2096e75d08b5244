/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';
import { existsSync } from 'node:fs';

// Where real daemons may answer, two files at a time: they have enough to do.
const daemons = ['/var/snap/lxd/common/lxd', '/var/lib/lxd', '/run/incus', '/var/lib/incus'];
const isReal = daemons.some((folder) => existsSync(`${folder}/unix.socket`));

// Run by `npm run spec`, which gives Node the flag that jest's ESM mode needs.
const config: Config = {
  testEnvironment: 'node',
  roots: ['<rootDir>/spec'],
  testMatch: ['**/*.spec.ts'],
  maxWorkers: isReal ? 2 : '100%',
  testTimeout: isReal ? 120_000 : 30_000, // real daemons on a busy machine
  reporters: [
    'default',
    ...(process.env.TSLXD_SUMMARY ? ['<rootDir>/spec/support/summary-reporter.js'] : []),
  ],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^tslxd$': '<rootDir>/lib/index.ts',
    '^tslxd/testing$': '<rootDir>/lib/testing/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, tsconfig: '<rootDir>/tsconfig.json' }] },
};

export default config;
