/** Temporal's connection from its standard variables. */

import { expect, test } from '@jest/globals';

import { ConfigError } from './config-error.ts';
import { loadTemporalProfile } from './temporal-profile.ts';

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
