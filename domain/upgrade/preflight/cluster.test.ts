/** What blocks of versions, health, certificates, removed APIs and alerts. */

import { describe, expect, test } from '@jest/globals';
import { version } from '../../../tests/fixtures/maintenance.ts';
import type { Running } from '../version-skew.ts';
import { alertFindings } from './alerts.ts';
import { certificateFindings } from './certificates.ts';
import type { Finding } from './finding.ts';
import { apiHealthFindings, nodeFindings, type SigningRequest, signingFindings } from './health.ts';
import { apiName, type RequestedApi, type Requests, removedApiFindings } from './removed-apis.ts';
import { skewFindings } from './skew.ts';

const NOW_MS = Date.parse('2026-11-29T12:00:00Z');
const DAY_MS = 86_400_000;
const named = (findings: readonly Finding[]) => findings.map(({ answer, object }) => `${answer} ${object}`);

describe('skew', () => {
  const running = (component: Running['component'], node: string, text: string): Running => ({
    component,
    node,
    version: version(text),
    emulated: null,
  });
  const skew = (found: readonly Running[], unknown: readonly string[] = [], target = 'v1.37.2') =>
    skewFindings({
      versions: { running: found, unknown, unjudged: [] },
      target: { kubernetes: version(target), etcd: null },
      parts: ['control-plane', 'workers'],
      endpoint: { controllers: 'local', kubelets: 'balanced' },
    });
  const server = running('kube-apiserver', 'cp-1', 'v1.36.3');

  test('M2: a cluster that has a plan is fine', () => {
    expect(skew([server, running('kubelet', 'w-1', 'v1.35.4')])).toEqual([]);
  });

  test('M2: a cluster that breaks the policy before the run is refused, and the component is named', () => {
    expect(skew([server, running('kubelet', 'w-1', 'v1.37.2')])).toEqual([
      { answer: 'block', object: 'kubelet v1.37.2 of w-1', detail: 'is newer than kube-apiserver v1.36.3 of cp-1' },
    ]);
  });

  test('M1: a target that is too far is refused', () => {
    expect(skew([server], [], 'v1.38.0')).toEqual([
      { answer: 'block', object: 'v1.38.0', detail: expect.stringContaining('takes 2 runs') },
    ]);
  });

  test('M4: what is not known is unknown, and named', () => {
    expect(skew([server], ['kubelet of w-1: "" is no version'])).toEqual([
      { answer: 'unknown', object: 'kubelet of w-1', detail: '"" is no version' },
    ]);
  });
});

describe('health', () => {
  test('M7: an API server that is not ready, one that does not answer, and an APIService that is not available', () => {
    const servers = [
      { url: 'https://a', answer: { kind: 'ready' } },
      { url: 'https://b', answer: { kind: 'not-ready', failed: ['etcd'] } },
      { url: 'https://c', answer: { kind: 'silent', message: 'refused' } },
    ] as const;
    const services = [
      { name: 'v1.apps', isAvailable: true, message: '' },
      { name: 'v1beta1.metrics.k8s.io', isAvailable: false, message: '' },
    ];
    expect(named(apiHealthFindings(servers, services))).toEqual([
      'block https://b',
      'unknown https://c',
      'block v1beta1.metrics.k8s.io',
    ]);
    expect(named(apiHealthFindings([], []))).toEqual(['unknown kube-apiserver']);
  });

  test('M7: a node of the control plane must be Ready, workers are counted by the budget', () => {
    const node = (name: string, isControlPlane: boolean, ready: boolean) => ({ name, isControlPlane, ready });
    const nodes = [node('cp-1', true, true), node('cp-2', true, false), node('w-1', false, false)];
    expect(named(nodeFindings(nodes))).toEqual(['block cp-2']);
  });

  test.each<[string, Partial<SigningRequest>, string[]]>([
    ['for 10 minutes', { createdMs: NOW_MS - 600_000 }, []],
    ['for longer', {}, ['block csr-1']],
    ['that is decided', { isDecided: true }, []],
    ['of somebody else', { signer: 'example.org/signer' }, []],
    ['of a client certificate', { signer: 'kubernetes.io/kube-apiserver-client-kubelet' }, ['block csr-1']],
  ])('M7: a signing request %s', (_, changes, found) => {
    const request: SigningRequest = {
      name: 'csr-1',
      signer: 'kubernetes.io/kubelet-serving',
      requester: 'system:node:w-1',
      createdMs: NOW_MS - 600_001,
      isDecided: false,
      ...changes,
    };
    expect(named(signingFindings([request], NOW_MS))).toEqual(found);
  });
});

test.each<[string, { notAfterMs: number } | { silent: string }, boolean, string[]]>([
  ['14 days left', { notAfterMs: NOW_MS + 14 * DAY_MS }, true, []],
  ['less', { notAfterMs: NOW_MS + 14 * DAY_MS - 1 }, true, ['block x']],
  ['none left', { notAfterMs: NOW_MS }, false, ['block x']],
  ['an unknown time left, of an API server', { silent: 'refused' }, true, ['unknown x']],
  ['an unknown time left, of a kubelet', { silent: 'refused' }, false, []],
])('M7: a certificate with %s', (_, end, isNeeded, found) => {
  expect(named(certificateFindings([{ name: 'x', end, isNeeded }], NOW_MS))).toEqual(found);
});

describe('removed-apis', () => {
  const api = (removedRelease: string, changes: Partial<RequestedApi> = {}): RequestedApi => ({
    group: 'networking.k8s.io',
    version: 'v1beta1',
    resource: 'ipaddresses',
    subresource: '',
    removedRelease,
    ...changes,
  });
  const found = (apis: readonly RequestedApi[] | { silent: string }, requests: Requests | null) =>
    removedApiFindings(
      {
        servers: [{ url: 'https://a', startedMs: NOW_MS - 3_600_000, answer: apis }],
        target: version('v1.37.2'),
        requests: requests === null ? null : new Map([['ipaddresses.v1beta1.networking.k8s.io', requests]]),
        lookBackMs: DAY_MS,
      },
      NOW_MS,
    );
  const NAME = 'ipaddresses.v1beta1.networking.k8s.io';

  test.each<[string, string, string[]]>([
    ['goes with the target', '1.37', [`block ${NAME}`]],
    ['went before', '1.36', [`block ${NAME}`]],
    ['goes later', '1.38', []],
    ['has no time to go', '', []],
  ])('M7: an API that %s', (_, release, names) => {
    expect(named(found([api(release)], null))).toEqual(names);
  });

  test.each<[string, Requests, string[]]>([
    ['saw requests', { kind: 'seen' }, [`block ${NAME}`]],
    ['saw none', { kind: 'none' }, [`warn ${NAME}`]],
    ['does not know', { kind: 'unknown', detail: 'no series' }, [`block ${NAME}`]],
  ])('M7: Prometheus %s in the look-back', (_, requests, names) => {
    expect(named(found([api('1.37')], requests))).toEqual(names);
  });

  test('M7: the age of each API server is in the finding, and one that does not answer is unknown', () => {
    expect(found([api('1.37')], null)[0]?.detail).toContain('https://a counts for 1.0 h');
    expect(named(found({ silent: 'refused' }, null))).toEqual(['unknown https://a']);
  });

  test('M7: an API of the core group and a subresource have their names', () => {
    const names = [api('1.37', { group: '', resource: 'pods' }), api('1.37', { subresource: 'status' })].map(apiName);
    expect(names).toEqual(['pods.v1beta1', 'ipaddresses/status.v1beta1.networking.k8s.io']);
  });
});

test('M34: alerts that fire block by their names, and what is not known is unknown', () => {
  expect(alertFindings({ kind: 'quiet' })).toEqual([]);
  expect(named(alertFindings({ kind: 'alerting', names: ['A', 'B'], count: 2, lastMs: NOW_MS }))).toEqual([
    'block A',
    'block B',
  ]);
  expect(named(alertFindings({ kind: 'unknown', message: 'no answer' }))).toEqual(['unknown alerts']);
});
