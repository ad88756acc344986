/** A node full of placeholders, as clusters keep them for an autoscaler: healing pods wait, on the real scheduler. */

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../config/load.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import { connectCluster } from '../../kubernetes/client/connection.ts';
import { createHealingPods, type HealingPods } from '../../kubernetes/healing/pods.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { nodeRef } from '../fixtures/nodes.ts';
import { type ChartWorld, startChartWorld } from './chart-world.ts';
import { NAMESPACE, RELEASE } from './helm.ts';
import { installedProcess } from './installed-process.ts';

const NODE = 'win-1';
const WAIT_MS = 120_000;
const PLACEHOLDERS = '/api/v1/namespaces/default/pods';
const PRIORITY = -10;

const PodSchema = z.object({
  metadata: z.object({ uid: z.string(), deletionTimestamp: z.string().optional() }),
  spec: z.object({ nodeName: z.string().optional(), priority: z.int(), preemptionPolicy: z.string() }),
  status: z.object({
    nominatedNodeName: z.string().optional(),
    conditions: z.array(z.object({ type: z.string(), status: z.string(), reason: z.string().optional() })).default([]),
  }),
});

let world: ChartWorld;
let node: NodeRef;

beforeAll(async () => {
  world = await startChartWorld();
  node = nodeRef(NODE, (await world.sandbox.addNode(NODE)).uid);
  const { status, stderr } = world.install();
  expect({ status, stderr }).toMatchObject({ status: 0 });
  await world.sandbox.api.demand('POST', '/apis/scheduling.k8s.io/v1/priorityclasses', {
    body: { metadata: { name: 'placeholder' }, value: PRIORITY },
  });
  await world.sandbox.api.demand('POST', '/api/v1/namespaces/default/serviceaccounts', {
    body: { metadata: { name: 'default' } },
    alsoFine: [409],
  });
});

// A test may have displaced one. The node has 8 processors.
beforeEach(async () => {
  for (const name of ['placeholder-1', 'placeholder-2']) {
    await world.sandbox.api.demand('POST', PLACEHOLDERS, { body: placeholder(name), alsoFine: [409] });
    await podThat(`${PLACEHOLDERS}/${name}`, 'to be on the node', ({ spec }) => spec.nodeName === NODE);
  }
});

afterAll(async () => {
  await world?.stop();
});

function placeholder(name: string): object {
  return {
    metadata: { name },
    spec: {
      priorityClassName: 'placeholder',
      tolerations: [{ operator: 'Exists' }],
      terminationGracePeriodSeconds: 0,
      nodeSelector: { 'kubernetes.io/os': 'windows' },
      containers: [
        {
          name: 'placeholder',
          image: 'placeholder',
          resources: { requests: { cpu: '4' } },
        },
      ],
    },
  };
}

async function podThat(path: string, what: string, isSo: (pod: z.infer<typeof PodSchema>) => boolean) {
  return waitUntil(
    async () => {
      const pod = PodSchema.parse((await world.sandbox.api.demand('GET', path)).body);
      return isSo(pod) ? pod : null;
    },
    { what: `${path} ${what}`, timeoutMs: WAIT_MS },
  );
}

/** As the installed worker makes them, with its account and configuration. */
async function withHealingPods<T>(
  change: { readonly priorityClassName?: undefined },
  run: (pods: HealingPods) => Promise<T>,
): Promise<T> {
  const { configPath, env } = await installedProcess(world, 'worker');
  const { pod } = loadConfig({ path: configPath, env: {} }).healing;
  const connection = connectCluster({ kubeconfig: { kind: 'file', path: env['KUBECONFIG'] ?? '' } });
  try {
    return await run(createHealingPods(connection, { ...pod, ...change, namespace: NAMESPACE, intervalMs: 30_000 }));
  } finally {
    await connection.close();
  }
}

const isUnschedulable = ({ status }: z.infer<typeof PodSchema>) =>
  status.conditions.some(({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable');

test('a healing pod waits on a full node, and displaces none of its placeholders', async () => {
  await withHealingPods({}, async (pods) => {
    for (const attempt of [1, 2, 3]) {
      const made = await pods.create({ node, attempt, run: 'run-1' });
      if (made.kind !== 'created') throw new Error(JSON.stringify(made));
      const path = `/api/v1/namespaces/${NAMESPACE}/pods/${made.pod.name}`;
      const pod = await podThat(path, 'to be unschedulable', isUnschedulable);
      // Above the placeholders, below everybody else.
      expect(pod.spec).toMatchObject({ preemptionPolicy: 'Never', priority: -1 });
      expect(pod.status.nominatedNodeName).toBeUndefined();
      await pods.delete(made.pod);
    }
  });
  for (const name of ['placeholder-1', 'placeholder-2']) {
    const { metadata, spec } = PodSchema.parse((await world.sandbox.api.demand('GET', `${PLACEHOLDERS}/${name}`)).body);
    expect({ ...metadata, ...spec }).toMatchObject({ nodeName: NODE });
    expect(metadata.deletionTimestamp).toBeUndefined();
  }
});

test('a pod cannot refuse to displace others by itself: without a class the API server does not let it', async () => {
  const body = {
    ...placeholder('polite'),
    spec: { ...Object(placeholder('polite'))['spec'], preemptionPolicy: 'Never' },
  };
  const { status, body: answer } = await world.sandbox.api.call('POST', PLACEHOLDERS, {
    body: { ...body, spec: { ...body.spec, priorityClassName: undefined } },
  });
  expect({ status, answer: JSON.stringify(answer) }).toMatchObject({
    status: 403,
    answer: expect.stringContaining('PreemptionPolicy'),
  });
});

test('without a class a healing pod has the default priority, and displaces a placeholder', async () => {
  await withHealingPods({ priorityClassName: undefined }, async (pods) => {
    const made = await pods.create({ node, attempt: 4, run: 'run-1' });
    if (made.kind !== 'created') throw new Error(JSON.stringify(made));
    await waitUntil(
      async () => {
        const answer = await world.sandbox.api.demand('GET', PLACEHOLDERS);
        const { items } = z.object({ items: z.array(PodSchema) }).parse(answer.body);
        return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).length < 2;
      },
      { what: 'a placeholder to be displaced', timeoutMs: WAIT_MS },
    );
    await pods.delete(made.pod);
  });
});

test('the class of the installed chart is the one that its configuration names', () => {
  const [{ metadata }] = z
    .object({ items: z.tuple([z.object({ metadata: z.object({ name: z.string() }) })]) })
    .parse(
      JSON.parse(
        world.shell(`kubectl get priorityclass --selector app.kubernetes.io/instance=${RELEASE} --output json`).stdout,
      ),
    ).items;
  const map = JSON.parse(
    world.shell(`kubectl get configmap ${RELEASE}-vigilante --namespace ${NAMESPACE} --output json`).stdout,
  );
  const conf: unknown = parse(z.object({ data: z.object({ 'conf.yaml': z.string() }) }).parse(map).data['conf.yaml']);
  expect(conf).toMatchObject({ healing: { pod: { priorityClassName: metadata.name } } });
});
