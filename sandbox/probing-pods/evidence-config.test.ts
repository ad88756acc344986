/** The configuration of a sandbox whose echo is evidence. */

import { expect, test } from '@jest/globals';
import { ProfilesConfigSchema } from '../../config/schema/profiles.ts';
import { withSourceEvidence } from './evidence-config.ts';

const KEY = 'k'.repeat(43);
const ECHO = { port: 12_345, metricsPort: 12_346, publicKey: KEY };
const SIMULATED = { echo: ECHO, hasRealNodes: false };
const ENDPOINT = { name: 'sandbox', url: 'http://127.0.0.1:12345/v1/source', publicKeys: [KEY] };

test('names evidence, endpoint and key', () => {
  expect(withSourceEvidence({}, SIMULATED)).toEqual({
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
  expect(withSourceEvidence(given, SIMULATED)).toMatchObject({
    cluster: 'a',
    healing: {
      evidence: 'source-address',
      window: '30s',
      patience: '5s',
      echo: { require: 'all', settle: '2s', endpoints: [ENDPOINT] },
    },
  });
});

test('a pod may take half of a short window', () => {
  expect(withSourceEvidence({ healing: { window: '30s' } }, SIMULATED)).toMatchObject({ healing: { patience: '15s' } });
});

test('real nodes have a profile of their own, healed as the others, by pods that run there', () => {
  const given = { healing: { window: '30s', annotation: 'healed', nodes: 'a=b', echo: { settle: '2s' } } };
  const { profiles } = withSourceEvidence(given, { ...SIMULATED, hasRealNodes: true });
  expect(profiles).toEqual([
    {
      name: 'snat-linux',
      nodes: 'vigilante.test/snat=true',
      evidence: 'source-address',
      window: '30s',
      patience: '15s',
      echo: {
        require: 'all',
        settle: '2s',
        endpoints: [{ ...ENDPOINT, url: 'http://10.50.0.10:8080/v1/source' }],
      },
      pod: { os: 'linux', image: 'localhost/vigilante-probe:1' },
    },
  ]);
  expect(ProfilesConfigSchema.parse(profiles)).toMatchObject([{ annotation: 'vigilante-snat-linux-healed' }]);
});
