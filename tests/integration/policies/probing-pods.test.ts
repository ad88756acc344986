/** Which pods the worker's token can create where pods ask endpoints, asked of a real API server (E2, E55). */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FIELD_MANAGER } from '../../../contracts/names.ts';
import { connectCluster } from '../../../kubernetes/client/connection.ts';
import { type HealingAttempt, type HealingPodSettings, healingPodManifest } from '../../../kubernetes/healing/pod.ts';
import { createHealingPods } from '../../../kubernetes/healing/pods.ts';
import type { PodQuestion } from '../../../kubernetes/healing/probing-pod.ts';
import { RELEASE_NAMESPACE } from '../../../sandbox/layout.ts';
import { nodeRef } from '../../fixtures/nodes.ts';
import { LABELS, type PodBody } from './hostile-pods.ts';
import { HOSTILE_PROBES } from './hostile-probes.ts';
import { PODS, type PolicyWorld, refusalOf, startPolicyWorld } from './policy-world.ts';

const AS_WORKER = `${PODS}?dryRun=All&fieldManager=${FIELD_MANAGER}`;
const NANOSERVER = 'mcr.microsoft.com/windows/nanoserver:ltsc2022';
const ENDPOINTS = [
  { name: 'onprem-1', url: 'http://10.50.0.20:8080/v1/source', answer: 'vigilante' },
  { name: 'onprem-2', url: 'http://[fd00:50::20]:8080/v1/source', answer: 'vigilante' },
] as const;
const UNSIGNED = ENDPOINTS.map((endpoint) => ({ ...endpoint, trust: 'unsigned' }));
const settings: HealingPodSettings = {
  namespace: RELEASE_NAMESPACE,
  tolerations: [{ operator: 'Exists' }],
  intervalMs: 3e4,
};
const question: PodQuestion = {
  endpoints: ENDPOINTS,
  answer: 'file',
  settleMs: 2_000,
  command: [],
  image: NANOSERVER,
  windows: true,
};
const attempt: HealingAttempt = {
  node: nodeRef('win-1', '11111111-1111-4111-8111-111111111111'),
  attempt: 1,
  run: 'run-1',
};

function podWith(fields: Partial<HealingAttempt>): PodBody {
  return healingPodManifest({ ...attempt, ...fields }, settings);
}

let world: PolicyWorld;

async function refusal(body: PodBody, path = AS_WORKER): Promise<string> {
  return refusalOf(await world.worker.call('POST', path, { body }));
}

describe('with endpoints', () => {
  beforeAll(async () => {
    world = await startPolicyWorld({ healing: { evidence: 'source-address', echo: { endpoints: UNSIGNED } } });
  });

  afterAll(async () => {
    await world?.stop();
  });

  test.each(['heal', 'verify'] as const)('the worker creates and deletes pods that ask, to %s', async (purpose) => {
    const connection = connectCluster({ kubeconfig: world.kubeconfig('worker') });
    try {
      const pods = createHealingPods(connection, settings);
      const made = await pods.create({ ...attempt, purpose, question });
      if (made.kind !== 'created') throw new Error(JSON.stringify(made));
      expect(await pods.delete(made.pod)).toMatchObject({ kind: 'deleted' });
    } finally {
      await connection.close();
    }
  });

  test('a pod may ask one endpoint of several, and a heal of `sandbox` still makes its pods', async () => {
    expect(await refusal(podWith({ question: { ...question, endpoints: ENDPOINTS.slice(0, 1) } }))).toBe('');
    expect(await refusal(podWith({}))).toBe('');
  });

  test.each(['heal', 'verify'] as const)('a pod to %s has the name of such a pod', async (purpose) => {
    const { metadata, spec } = podWith({ purpose, question });
    const other = podWith({ purpose: purpose === 'heal' ? 'verify' : 'heal', question });
    const named = { metadata: { ...metadata, name: other.metadata['name'] }, spec };
    expect(await refusal(named)).toMatch(/^a healing pod has the name of one/);
  });

  test('a pod that only verifies asks something', async () => {
    expect(await refusal(podWith({ purpose: 'verify' }))).toMatch(/^a healing pod has one container, named pause, or/);
  });

  test.each(HOSTILE_PROBES)('refused, whatever field manager is claimed: a pod with %s', async (_, change, says) => {
    for (const purpose of ['heal', 'verify'] as const) {
      const body = change(podWith({ purpose, question }));
      for (const path of [AS_WORKER, `${PODS}?dryRun=All`, `${PODS}?dryRun=All&fieldManager=kubelet`]) {
        expect(await refusal(body, path)).toMatch(says);
      }
    }
  });

  test('environment that the policy of somebody else adds does not stop the worker', async () => {
    await world.addMutation({
      name: 'proxy',
      resources: ['pods'],
      operation: 'CREATE',
      condition: 'object.spec.containers.exists(one, one.name == "echo-onprem-1")',
      patches: `[JSONPatch{op: "add", path: "/spec/containers/0/env/-",
        value: Object.spec.containers.env{name: "HTTP_PROXY", value: "http://proxy:3128"}}]`,
      isObeyed: async (admin) => {
        const { body } = await admin.call('POST', `${PODS}?dryRun=All`, { body: podWith({ question }) });
        return JSON.stringify(body).includes('HTTP_PROXY');
      },
    });
    const answer = await world.worker.call('POST', AS_WORKER, { body: podWith({ question }) });
    expect({ refusal: refusalOf(answer), text: JSON.stringify(answer.body) }).toEqual({
      refusal: '',
      text: expect.stringContaining('HTTP_PROXY'),
    });
  });
});

describe('without endpoints', () => {
  beforeAll(async () => {
    world = await startPolicyWorld({});
  });

  afterAll(async () => {
    await world?.stop();
  });

  test('no pod asks anything, and none has the labels of `vigilante verify`', async () => {
    expect(await refusal(podWith({}))).toBe('');
    expect(await refusal(podWith({ question }))).toMatch(/^a healing pod has one container, named pause/);
    expect(await refusal(podWith({ purpose: 'verify', question }))).toMatch(LABELS);
  });

  test('no pod has the image of those that ask', async () => {
    const { metadata, spec } = podWith({});
    const containers = spec.containers.map((one) => ({ ...one, image: NANOSERVER }));
    expect(await refusal({ metadata, spec: { ...spec, containers } })).toMatch(/^a healing pod has an image of/);
  });
});
