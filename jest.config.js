/**
 * Six projects: `unit` needs no server, `integration` a Temporal or API server, `e2e` the whole sandbox, `real-nodes`
 * root of this machine as well, `upgrades` a second version of Kubernetes. `long` has those files of them that take minutes.
 */

import { LONG_FILES } from './tests/order/long-files.ts';

// The shell may still know a sandbox or somebody's cluster; a test brings its own.
for (const name of Object.keys(process.env)) {
  if (
    /^(KUBECONFIG|POD_NAMESPACE|TEMPORAL_.*|VIGILANTE_(CONFIG|CLUSTER|TLS|(HTTP|TEMPORAL|COLLECTOR)_.*|LOG_LEVEL))$/.test(
      name,
    )
  ) {
    delete process.env[name];
  }
}

const long = LONG_FILES.map((file) => `<rootDir>/tests/${file}`);

const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
};

export default {
  // Ends a test that hangs. Jest reads it here alone, not in a project.
  testTimeout: 300_000,
  testSequencer: '<rootDir>/tests/order/longest-first.ts',
  reporters: ['default', '<rootDir>/tests/reporters/count-reporter.ts'],
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/**/*.test.ts'],
      testPathIgnorePatterns: [
        '/node_modules/',
        '<rootDir>/tests/(integration|replay|e2e|chaos|chart|real-nodes|upgrades)/',
        '<rootDir>/tests/lint-fixtures/',
      ],
    },
    {
      ...shared,
      displayName: 'integration',
      testPathIgnorePatterns: long,
      testMatch: ['<rootDir>/tests/(integration|replay)/**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'e2e',
      testPathIgnorePatterns: long,
      testMatch: ['<rootDir>/tests/(e2e|chart|chaos)/**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'real-nodes',
      testPathIgnorePatterns: long,
      testMatch: ['<rootDir>/tests/real-nodes/**/*.test.ts'],
    },
    {
      ...shared,
      displayName: 'long',
      testMatch: long,
    },
    {
      ...shared,
      displayName: 'upgrades',
      testMatch: ['<rootDir>/tests/upgrades/**/*.test.ts'],
    },
  ],
};
