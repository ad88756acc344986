/** The lint. Its borders between folders come from the table that the tidy test reads too. */

import { defineConfig } from 'oxlint';
import manifest from './package.json' with { type: 'json' };
import { importBlocks } from './tests/tidy/lint-imports.ts';

const PACKAGES = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });

const ENVIRONMENT = { object: 'process', property: 'env', message: 'Only config/ reads the environment.' };
const RANDOMNESS = {
  object: 'Math',
  property: 'random',
  message: 'Decisions and workflows take randomness from nowhere.',
};
const CLOCK = { object: 'Date', property: 'now', message: 'A decision takes the time as an argument.' };

const NODE_GLOBALS = [
  { name: 'process', message: 'A decision or a workflow knows no process.' },
  { name: 'Buffer', message: 'A decision or a workflow knows no Node.' },
  { name: 'setTimeout', message: 'A workflow waits by condition() or sleep() with a summary.' },
  { name: 'fetch' },
];

/** What a test or a benchmark takes from JSON, and a script without types, need not be proven. */
const UNCHECKED = {
  'typescript/no-unsafe-argument': 'off',
  'typescript/no-unsafe-assignment': 'off',
  'typescript/no-unsafe-call': 'off',
  'typescript/no-unsafe-member-access': 'off',
  'typescript/no-unsafe-return': 'off',
} as const;

export default defineConfig({
  plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import', 'promise'],
  categories: {
    correctness: 'error',
    suspicious: 'error',
  },
  options: {
    typeAware: true,
    denyWarnings: true,
    reportUnusedDisableDirectives: 'error',
  },
  ignorePatterns: ['tests/lint-fixtures/**', 'dist/**', 'build/**'],
  rules: {
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/await-thenable': 'error',
    'typescript/return-await': ['error', 'error-handling-correctness-only'],
    'typescript/require-await': 'off',
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/no-explicit-any': 'error',
    'typescript/no-unsafe-argument': 'error',
    'typescript/no-unsafe-assignment': 'error',
    'typescript/no-unsafe-call': 'error',
    'typescript/no-unsafe-member-access': 'error',
    'typescript/no-unsafe-return': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-namespace': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/prefer-promise-reject-errors': 'error',
    'typescript/no-unsafe-type-assertion': 'off',
    'import/no-default-export': 'error',
    'import/no-cycle': 'error',
    'import/no-unassigned-import': 'off',
    eqeqeq: ['error', 'always'],
    'prefer-const': 'error',
    'no-var': 'error',
    'no-param-reassign': 'error',
    'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    'no-restricted-properties': ['error', ENVIRONMENT],
    'no-await-in-loop': 'off',
    'no-shadow': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/no-array-sort': 'off',
    'promise/always-return': 'off',
    'unicorn/no-useless-spread': 'error',
    'typescript/no-unsafe-enum-comparison': 'off',
    'preserve-caught-error': 'error',
  },
  overrides: [
    ...importBlocks(PACKAGES),
    {
      files: ['domain/**/*.ts'],
      excludeFiles: ['**/*.test.ts'],
      rules: {
        'no-restricted-properties': [
          'error',
          ENVIRONMENT,
          RANDOMNESS,
          CLOCK,
          { object: 'crypto', property: 'randomUUID' },
        ],
        'no-restricted-globals': ['error', ...NODE_GLOBALS, { name: 'console' }],
      },
    },
    {
      files: ['workflows/**/*.ts'],
      excludeFiles: ['**/*.test.ts'],
      rules: {
        'no-restricted-properties': ['error', ENVIRONMENT, RANDOMNESS],
        'typescript/no-floating-promises': ['error', { ignoreVoid: false }],
        'no-restricted-globals': ['error', ...NODE_GLOBALS],
      },
    },
    {
      files: ['config/**/*.ts', 'sandbox/**/*.ts'],
      excludeFiles: ['**/*.test.ts'],
      rules: { 'no-restricted-properties': 'off' },
    },
    { files: ['bin/**', 'tests/**', 'bench/**'], rules: { 'no-restricted-properties': 'off' } },
    { files: ['**/*.js'], rules: UNCHECKED },
    { files: ['tests/**', 'bench/**'], rules: { ...UNCHECKED, 'typescript/unbound-method': 'off' } },
    {
      files: ['**/*.test.ts'],
      rules: { 'no-restricted-properties': 'off', 'max-lines-per-function': 'off', 'typescript/unbound-method': 'off' },
    },
    {
      files: ['*.config.js', '*.config.ts', 'tests/reporters/**', 'tests/order/longest-first.ts'],
      rules: { 'no-restricted-properties': 'off', 'import/no-default-export': 'off' },
    },
  ],
});
