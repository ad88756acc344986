/** The configuration of a sandbox whose echo is evidence. */

import { expect, test } from '@jest/globals';
import { withSourceEvidence } from './evidence-config.ts';

const ECHO = { port: 12_345, metricsPort: 12_346, publicKey: 'key' };
const ENDPOINT = { name: 'sandbox', url: 'http://127.0.0.1:12345/v1/source', publicKeys: ['key'] };

test('names evidence, endpoint and key', () => {
  expect(withSourceEvidence({}, ECHO)).toEqual({
    healing: {
      evidence: 'source-address',
      patience: '20s',
      echo: { require: 'all', settle: '0s', endpoints: [ENDPOINT] },
      pod: { image: 'localhost/probe:1' },
    },
  });
});

test('what was given goes before, key by key', () => {
  const given = { cluster: 'a', healing: { window: '30s', patience: '5s', echo: { settle: '2s' } } };
  expect(withSourceEvidence(given, ECHO)).toMatchObject({
    cluster: 'a',
    healing: {
      evidence: 'source-address',
      window: '30s',
      patience: '5s',
      echo: { require: 'all', settle: '2s', endpoints: [ENDPOINT] },
    },
  });
});
