/** docs/echo.md and the systemd unit fit the process that they are about. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { EXIT_CONFIG } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import { ConfigSchema } from '../config/schema/config.ts';
import { EXIT_USAGE } from '../runtime/process.ts';
import { readRepositoryFile, repositoryFiles } from './tidy/repository-files.ts';

const page = readRepositoryFile('docs/echo.md');
const unit = readRepositoryFile('deploy/vigilante-echo.service');

const folder = mkdtempSync(join(tmpdir(), 'vigilante-echo-page-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The texts of `conf.yaml` on the page: blocks of YAML, and what a shell is given to write. */
const CONFIGURATIONS = [...page.matchAll(/(?:```yaml|<<'YAML')\n(echo:\n.*?)(?:```|YAML\n)/gs)].map(
  ([, text = '']) => text,
);

function configOf(text: string) {
  const path = join(folder, 'conf.yaml');
  writeFileSync(path, text);
  return loadConfig({ path, env: {} });
}

/** All values of a key, in their order. */
function valuesOf(key: string): readonly string[] {
  return [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

test('every configuration on the page is accepted', () => {
  expect(CONFIGURATIONS).toHaveLength(2);
  for (const text of CONFIGURATIONS) expect(configOf(text).echo).not.toEqual(ConfigSchema.parse({}).echo);
});

test('the page names the limits that are the defaults', () => {
  const { connectionsMax, requestsPerSecond } = ConfigSchema.parse({}).echo;
  expect(page).toContain(`| \`echo.connectionsMax\` | ${connectionsMax.toLocaleString('en')} connections`);
  expect(page).toContain(`| \`echo.requestsPerSecond\` | ${requestsPerSecond} of one`);
});

test('the unit starts what is in the repository, with the key where the configuration of the page has it', () => {
  const [program = '', ...args] = valuesOf('ExecStart')[0]?.split(' ') ?? [];
  expect(repositoryFiles()).toContain(program.replace('/opt/vigilante/', ''));
  expect(args).toEqual(['echo', '--config', '/etc/vigilante/echo.yaml']);
  const [name, source] = valuesOf('LoadCredential')[0]?.split(':') ?? [];
  expect(page).toContain(`install --mode=0600 ed25519.pem ${source}\n`);
  const keyFiles = CONFIGURATIONS.map((text) => configOf(text).echo.keyFile);
  expect(keyFiles).toContain(`/run/credentials/vigilante-echo.service/${name}`);
});

test('the unit is not started again where only a person can help', () => {
  expect(valuesOf('RestartPreventExitStatus')).toEqual([`${EXIT_USAGE} ${EXIT_CONFIG}`]);
});

test('the unit runs as nobody in particular, without rights', () => {
  for (const key of ['DynamicUser', 'NoNewPrivileges', 'PrivateDevices', 'PrivateUsers', 'ProtectHome']) {
    expect([key, valuesOf(key)]).toEqual([key, ['yes']]);
  }
  expect([valuesOf('ProtectSystem'), valuesOf('CapabilityBoundingSet')]).toEqual([['strict'], ['']]);
  // It would forbid the machine code that Node makes.
  expect(valuesOf('MemoryDenyWriteExecute')).toEqual([]);
});
