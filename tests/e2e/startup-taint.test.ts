/** Nodes that come with a startup taint, in a sandbox with worker and starter as real processes and a real echo. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { DEFAULT_HEALED_ANNOTATION } from '../../contracts/healing/names.ts';
import { RELEASE_NAMESPACE } from '../../sandbox/layout.ts';
import { type Sandbox, startSandbox } from '../../sandbox/start-sandbox.ts';
import { waitUntil } from '../../sandbox/wait-until.ts';
import { addTaints, taintsOf } from './node-taints.ts';
import { nodePath } from './node-writes.ts';
import { marksIn } from './onboarding-world.ts';

const KEY = 'startup-taint.cluster-autoscaler.kubernetes.io/vigilante-snat';
const STARTUP = { key: KEY, effect: 'NoSchedule' } as const;
const CONDITION = 'SnatHealed';
const CAP = '45s';
const WAIT_MS = 180_000;
const HEALING = {
  window: '10m',
  interval: '5s',
  finish: 'proven',
  proofsOver: '2s',
  intervalFirst: '1s',
  taint: { key: KEY, cap: CAP },
  condition: CONDITION,
};

const NodeSchema = z.object({
  metadata: z.object({ uid: z.string(), annotations: z.record(z.string(), z.string()).default({}) }),
  status: z.object({
    conditions: z.array(z.looseObject({ type: z.string(), status: z.string(), reason: z.string().optional() })),
  }),
});
/** Strict: a patch has no other part of the spec. */
const PatchSchema = z.object({
  spec: z.strictObject({ taints: z.array(z.looseObject({ key: z.string() })) }).optional(),
});
const PodSchema = z.object({ spec: z.object({ nodeName: z.string().optional() }) });
const EventsSchema = z.object({
  items: z.array(z.looseObject({ reason: z.string(), involvedObject: z.object({ name: z.string().optional() }) })),
});

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ report: () => {}, evidence: 'source-address', vigilante: { healing: HEALING } });
  const worker = await sandbox.startProcess('worker');
  const starter = await sandbox.startProcess('starter');
  for (const process of [worker, starter]) await process.waitUntilReady();
  // Its cap passes while other tests run.
  await sandbox.addNode('snated-1', { behaviour: 'lying', taints: [STARTUP] });
});

afterAll(async () => {
  await sandbox?.stop();
});

async function read(name: string): Promise<z.infer<typeof NodeSchema>> {
  return NodeSchema.parse((await sandbox.api.demand('GET', nodePath(name))).body);
}

/** Those that are nobody's but the test's: Kubernetes takes its own away once the node is Ready. */
async function otherTaints(name: string) {
  const taints = await taintsOf(sandbox, name);
  return taints.filter(({ key }) => key !== KEY && !key.startsWith('node.kubernetes.io/'));
}

const isTainted = async (name: string) => (await taintsOf(sandbox, name)).some(({ key }) => key === KEY);

async function reasons(name: string): Promise<readonly string[]> {
  const { items } = EventsSchema.parse((await sandbox.api.demand('GET', '/api/v1/namespaces/default/events')).body);
  return items.filter(({ involvedObject }) => involvedObject.name === name).map(({ reason }) => reason);
}

function conditionOf({ status }: z.infer<typeof NodeSchema>) {
  return status.conditions.find(({ type }) => type === CONDITION);
}

/** A workload that tolerates what users of Windows pools tolerate, and not the startup taint. */
async function createWorkload(name: string, node: string): Promise<void> {
  await sandbox.api.demand('POST', `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods`, {
    body: {
      metadata: { name },
      spec: {
        os: { name: 'windows' },
        nodeSelector: { 'kubernetes.io/hostname': node },
        tolerations: [{ key: 'os', operator: 'Equal', value: 'windows', effect: 'NoSchedule' }],
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true },
        containers: [{ name: 'workload', image: 'localhost/workload:1' }],
      },
    },
  });
}

async function placeOf(name: string): Promise<string | undefined> {
  const pods = `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods`;
  return PodSchema.parse((await sandbox.api.demand('GET', `${pods}/${name}`)).body).spec.nodeName;
}

test('E18, E28, E32: a workload waits behind the startup taint, and is scheduled once the node is marked', async () => {
  await sandbox.addNode('new-1', { behaviour: 'snat:10s', taints: [STARTUP] });
  const before = await otherTaints('new-1');
  expect(before).not.toEqual([]);
  await createWorkload('behind', 'new-1');
  await waitUntil(async () => (await read('new-1')).metadata.annotations[DEFAULT_HEALED_ANNOTATION] === 'true', {
    what: 'the mark',
    timeoutMs: WAIT_MS,
  });
  expect(await otherTaints('new-1')).toEqual(before);
  expect(await isTainted('new-1')).toBe(false);
  await waitUntil(async () => (await placeOf('behind')) === 'new-1', { what: 'the workload', timeoutMs: WAIT_MS });
  const events = await sandbox.auditEvents();
  const bound = events.find(({ name, subresource }) => name === 'behind' && subresource === 'binding');
  expect(bound?.receivedMs).toBeGreaterThan(marksIn(events, 'new-1')[0]?.atMs ?? Number.POSITIVE_INFINITY);
  await waitUntil(async () => conditionOf(await read('new-1'))?.reason === 'Healed', {
    what: 'the condition',
    timeoutMs: WAIT_MS,
  });
  expect(conditionOf(await read('new-1'))).toMatchObject({ status: 'True' });
  // The last that the heal writes.
  await waitUntil(async () => (await reasons('new-1')).includes('StartupTaintRemoved'), {
    what: 'the Event',
    timeoutMs: WAIT_MS,
  });
  expect(await reasons('new-1')).toContain('Healed');
});

test('E28: the startup taint goes with every value and effect, and other taints stay byte for byte', async () => {
  await sandbox.addNode('other-1', { behaviour: 'proving' });
  await addTaints(sandbox, 'other-1', [
    { key: KEY, value: 'first', effect: 'NoSchedule' },
    { key: `${KEY}-2`, effect: 'NoSchedule' },
    { key: KEY, effect: 'NoExecute', timeAdded: '2026-11-28T03:32:24Z' },
    { key: 'example.com/maintenance', value: '', effect: 'NoExecute', timeAdded: '2026-11-28T03:32:25Z' },
    { key: 'startup-taint.cluster-autoscaler.kubernetes.io', value: 'vigilante-snat', effect: 'PreferNoSchedule' },
  ]);
  const before = await taintsOf(sandbox, 'other-1');
  await waitUntil(async () => !(await isTainted('other-1')), { what: 'the mark', timeoutMs: WAIT_MS });
  expect(JSON.stringify(await taintsOf(sandbox, 'other-1'))).toBe(
    JSON.stringify(before.filter(({ key }) => key !== KEY)),
  );
  expect((await read('other-1')).metadata.annotations[DEFAULT_HEALED_ANNOTATION]).toBe('true');
});

test('E29: a node that is never cured loses the taint at the cap, without a mark', async () => {
  await waitUntil(async () => !(await isTainted('snated-1')), { what: 'the cap', timeoutMs: WAIT_MS });
  const node = await read('snated-1');
  expect(node.metadata.annotations[DEFAULT_HEALED_ANNOTATION]).not.toBe('true');
  expect(await reasons('snated-1')).toContain('StartupTaintTimeout');
  expect(conditionOf(node)).toMatchObject({ status: 'False' });
});

test('E31: no request of a process of ours names the startup taint, or cordons', async () => {
  await sandbox.addNode('counted-1', { behaviour: 'proving', taints: [STARTUP] });
  await waitUntil(async () => !(await isTainted('counted-1')), { what: 'the mark', timeoutMs: WAIT_MS });
  const written = (await sandbox.auditEvents()).filter(
    ({ user, verb, resource }) => user.includes('vigilante') && verb === 'patch' && resource === 'nodes',
  );
  const ofSpec = written.flatMap(({ requestObject }) => PatchSchema.parse(requestObject).spec ?? []);
  expect(ofSpec.length).toBeGreaterThan(0);
  expect(ofSpec.filter(({ taints }) => taints.some(({ key }) => key === KEY))).toEqual([]);
});
