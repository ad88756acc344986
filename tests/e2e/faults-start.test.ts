/** What is missing when worker and starter start is named, waited for, and nothing is lost by it. */

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { Right } from '../../sandbox/rbac.ts';
import type { VigilanteProcess } from '../../sandbox/vigilante-process.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { expectSoundHeal } from './faults-oracle.ts';
import { type FaultWorld, logOf, POLICY, readinessThat, startFaultWorld, WAIT_MS } from './faults-world.ts';

let world: FaultWorld;
let processes: readonly VigilanteProcess[] = [];
let replicas = 0;

beforeAll(async () => {
  world = await startFaultWorld();
});

afterEach(async () => {
  await Promise.all(processes.filter((one) => one.isRunning()).map((one) => one.kill('SIGKILL')));
  for (const part of NEEDED) await world.sandbox.startPart(part);
});

afterAll(async () => {
  await world?.stop();
});

async function startBoth(): Promise<readonly [VigilanteProcess, VigilanteProcess]> {
  replicas += 1;
  const [worker, starter] = await Promise.all([
    world.sandbox.startProcess('worker', { replica: replicas }),
    world.sandbox.startProcess('starter', { replica: replicas }),
  ]);
  processes = [worker, starter];
  return [worker, starter];
}

const isReady = ({ code }: { code: number }) => code === 200;

const MISSING = {
  temporal: {
    check: 'temporal',
    told: /^not connected to Temporal at 127\.0\.0\.1:\d+ yet$/,
    logged: /cannot reach Temporal at 127\.0\.0\.1:\d+: .*check that it runs, TEMPORAL_ADDRESS/,
  },
  apiserver: {
    check: 'nodes',
    told: /^the nodes were not listed yet: list nodes with kubernetes\.io\/os=windows,type!=virtual-kubelet: .*ECONNREFUSED/,
    logged: /nodes are not watched: list nodes with kubernetes\.io\/os=windows,type!=virtual-kubelet: .*ECONNREFUSED/,
  },
} as const;

type Needed = keyof typeof MISSING;
const NEEDED: readonly Needed[] = ['temporal', 'apiserver'];

const ORDERS: readonly (readonly [Needed, Needed])[] = [
  ['temporal', 'apiserver'],
  ['apiserver', 'temporal'],
];

test.each(ORDERS)(
  'H15: started while Temporal and the API server are away, %s back first: both are named, then it works',
  async (first, second) => {
    const { sandbox } = world;
    await Promise.all([sandbox.killPart('temporal'), sandbox.killPart('apiserver')]);
    const both = await startBoth();
    for (const process of both) {
      await expectNamed(process, [first, second]);
    }
    await sandbox.startPart(first);
    for (const process of both) await expectNamed(process, [second]);
    await sandbox.startPart(second);
    for (const process of both) await readinessThat(process, 'ready', isReady);
    await Promise.all(both.map((process) => process.kill('SIGTERM')));
    expect(await Promise.all(both.map(({ exited }) => exited))).toEqual([
      { code: 0, signal: null },
      { code: 0, signal: null },
    ]);
  },
);

/** Exactly these are missing, in `/readyz` and in the log, with the reason as soon as the first try has failed. */
async function expectNamed(process: VigilanteProcess, parts: readonly Needed[]): Promise<void> {
  const isAsExpected = (part: Needed, checks: Readonly<Record<string, string>>) => {
    const said = checks[MISSING[part].check] ?? '';
    return parts.includes(part) ? MISSING[part].told.test(said) : said === 'ok';
  };
  await readinessThat(
    process,
    `503 without ${parts.join(' and ')}`,
    ({ code, checks }) => code === 503 && NEEDED.every((part) => isAsExpected(part, checks)),
  );
  for (const part of parts) {
    await waitUntil(async () => MISSING[part].logged.test(await logOf(process)), {
      what: `${process.name} to log that it misses ${part}`,
      timeoutMs: WAIT_MS,
      explain: () => logOf(process),
    });
  }
}

function right(component: Right['component'], resource: string, verb: string): Right {
  const scope = resource === 'nodes' ? 'clusterRules' : 'namespaceRules';
  return { component, scope, apiGroup: '', resource, verb };
}

test('H11: forbidden by RBAC: each refusal is named where it hurts, and what was refused is done once it is granted', async () => {
  const { sandbox } = world;
  const [listPods, createPods] = [right('worker', 'pods', 'list'), right('worker', 'pods', 'create')];
  const listNodes = right('starter', 'nodes', 'list');
  await sandbox.setRights({ omit: [listPods, createPods, listNodes] });
  const [worker, starter] = await startBoth();
  await worker.waitUntilReady();
  const { checks } = await readinessThat(starter, 'not ready', ({ checks }) => /Forbidden/.test(checks['nodes'] ?? ''));
  expect(checks['nodes']).toMatch(/^the nodes were not listed yet: list nodes .*: 403 Forbidden: .*vigilante-starter/);
  expect(await logOf(starter)).toMatch(/nodes are not watched: list nodes .*: 403 Forbidden/);

  await sandbox.addNode('refused-1');
  await sandbox.setRights({ omit: [listPods, createPods] });
  await starter.waitUntilReady();
  const problem = await waitUntil(() => pendingProblem(world.heal('refused-1')), {
    what: 'the refusal to be seen in Temporal',
    timeoutMs: WAIT_MS,
  });
  expect(problem).toMatch(/list pods .*: 403 Forbidden: .*vigilante-worker.* cannot list resource "pods"/);

  await sandbox.setRights({ omit: [createPods] });
  await sandbox.addNode('refused-2');
  const { lastError } = await world.statusThat(
    'refused-2',
    'a rejected attempt',
    (status) => status.rejectedInARow > 0,
  );
  expect(lastError).toMatch(/create pods .*: 403 Forbidden: .*vigilante-worker.* cannot create resource "pods"/);
  await sandbox.setRights({ omit: [] });
  for (const node of ['refused-2', 'refused-1']) await world.untilHealed(node);
  // Whether a retry of the first node met the time between the two grants is left to the machine.
  await expectSoundHeal(world, 'refused-1', { rejectedMax: POLICY.errorBudget });
});

/** Message of the failure that the first pending activity is retried for; null while there is none. */
async function pendingProblem(handle: WorkflowHandle): Promise<string | null> {
  const description = await handle.describe().catch(() => null);
  const failures = description?.raw.pendingActivities?.map(({ lastFailure }) => lastFailure?.message) ?? [];
  return failures.find((message) => typeof message === 'string') ?? null;
}
