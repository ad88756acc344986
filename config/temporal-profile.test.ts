/** Temporal's connection from its standard variables. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { ConfigError } from './config-error.ts';
import { loadTemporalProfile } from './temporal-profile.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigilante-profile-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('defaults to a server on this machine', () => {
  const profile = loadTemporalProfile({});
  expect(profile).toMatchObject({ address: 'localhost:7233', namespace: 'default' });
});

test('an API key switches TLS on', () => {
  const env = { TEMPORAL_ADDRESS: 'temporal:7233', TEMPORAL_NAMESPACE: 'nodes', TEMPORAL_API_KEY: 'secret' };
  const profile = loadTemporalProfile(env);
  expect(profile).toMatchObject({ address: 'temporal:7233', namespace: 'nodes' });
  expect(profile.connection).toMatchObject({ apiKey: 'secret', tls: true });
});

test('a certificate that cannot be read is a fault of the configuration', () => {
  const env = { TEMPORAL_TLS_CLIENT_CERT_PATH: '/missing.pem', TEMPORAL_TLS_CLIENT_KEY_PATH: '/missing.pem' };
  expect(() => loadTemporalProfile(env)).toThrow(ConfigError);
});

test('an API key from a file overrides that of the environment, and is read again each time', () => {
  const apiKeyFile = join(folder, 'key');
  const keyOf = () => loadTemporalProfile({ TEMPORAL_API_KEY: 'older' }, { apiKeyFile }).connection;
  writeFileSync(apiKeyFile, 'first\n');
  expect(keyOf()).toMatchObject({ apiKey: 'first', tls: true });
  writeFileSync(apiKeyFile, 'second');
  expect(keyOf().apiKey).toBe('second');
});

test('an API key file that cannot be read is a fault of the configuration', () => {
  expect(() => loadTemporalProfile({}, { apiKeyFile: join(folder, 'none') })).toThrow(ConfigError);
});

test('the proxy of the environment is part of the profile, and one that cannot be used is a fault', () => {
  const env = { TEMPORAL_ADDRESS: 'ns.tmprl.cloud:7233', HTTPS_PROXY: 'http://proxy:3128' };
  expect(loadTemporalProfile(env).proxy).toMatchObject({ address: 'proxy:3128' });
  expect(loadTemporalProfile({ ...env, NO_PROXY: '.cloud' }).proxy).toBeNull();
  expect(loadTemporalProfile(env, { address: 'temporal:7233' }).proxy).toBeNull();
  expect(() => loadTemporalProfile({ ...env, HTTPS_PROXY: 'socks5://proxy' })).toThrow(ConfigError);
});
