/** The startup taint of a node: removed with the mark, when its time is over, and when it comes back. */

import { expect, test } from '@jest/globals';
import { nodeRef } from '../../tests/fixtures/nodes.ts';
import { ClusterError } from '../client/cluster-error.ts';
import type { ClusterConnection } from '../client/connection.ts';
import { createNodes } from './nodes.ts';
import { createStartupTaints, TAINT_RETURNS_MAX } from './startup-taints.ts';

const HEALED = 'cops-vigilante-snat-node-healed';
const PROOF = 'vigilante-snat-proof';
const KEY = 'startup-taint.cluster-autoscaler.kubernetes.io/vigilante-snat';
const NODE = nodeRef('win-1');
const { name, uid } = NODE;
/** As others wrote them, with fields that nothing here knows. */
const OTHERS = [
  { key: 'example.com/gpu', value: 'a', effect: 'NoSchedule', timeAdded: '2026-01-01T00:00:00Z' },
  { effect: 'NoExecute', key: 'example.com/other', future: { a: [1] } },
];
const STARTUP = [
  { key: KEY, effect: 'NoSchedule' },
  { key: KEY, value: 'any', effect: 'NoExecute' },
];
const WORK = { proven: 2, attempts: 2, evidence: 'source-address', run: 'run-1' };

type Body = Readonly<Record<string, unknown>>;
interface Patch {
  readonly metadata: Body & { readonly annotations?: Readonly<Record<string, string | null>> };
  readonly spec?: { readonly taints: readonly object[] };
}

/** An API server that has one node, and refuses what `refuse` says. */
function world(
  node: { taints?: readonly object[] | undefined; annotations?: object; uid?: string },
  refuse: (patch: Patch) => number = () => 0,
) {
  const patches: Patch[] = [];
  const stored = {
    metadata: {
      name,
      uid: node.uid ?? uid,
      resourceVersion: '7',
      creationTimestamp: '2026-01-01T00:00:00Z',
      annotations: node.annotations,
    },
    spec: { taints: node.taints },
    status: { nodeInfo: { systemUUID: 'machine-1', bootID: '7' } },
  };
  const connection: ClusterConnection = {
    namespace: null,
    serverNowMs: () => Date.now(),
    async send(request) {
      const { body } = request as unknown as { readonly body?: Patch };
      if (body === undefined) return stored;
      patches.push(body);
      const status = refuse(body);
      if (status === 0) return stored;
      throw new ClusterError({ kind: 'refused', status, reason: 'Forbidden', message: `refused with ${status}` });
    },
    stream: async () => {
      throw new Error('nothing is watched');
    },
    problem: () => null,
    close: async () => {},
  };
  const reading = { healedAnnotation: HEALED, startupTaint: KEY };
  return { patches, nodes: createNodes(connection, reading), taints: createStartupTaints(connection, reading) };
}

const removesTaint = ({ spec }: Patch) => spec !== undefined;

test('E18, E28: the mark, its proof and the removal of the taint are one patch with uid and version, and other taints stay byte for byte', async () => {
  const { nodes, patches } = world({ taints: [STARTUP[0] ?? {}, ...OTHERS, STARTUP[1] ?? {}] });
  expect(await nodes.markHealed(NODE, WORK, '7')).toMatchObject({ kind: 'annotated', taint: { kind: 'removed' } });
  expect(patches).toEqual([
    {
      metadata: { uid, resourceVersion: '7', annotations: { [HEALED]: 'true', [PROOF]: expect.any(String) } },
      spec: { taints: OTHERS },
    },
  ]);
  expect(JSON.stringify(patches[0]?.spec?.taints)).toBe(JSON.stringify(OTHERS));
});

test('E28: the spec is not touched where the taint is not there', async () => {
  for (const taints of [undefined, [], OTHERS]) {
    const { nodes, patches } = world({ taints });
    const result = await nodes.markHealed(NODE, WORK, '7');
    expect(result).toMatchObject({ kind: 'annotated' });
    expect(result).not.toHaveProperty('taint');
    expect(patches.some(removesTaint)).toBe(false);
  }
});

test('E28: nothing is removed for a node that has changed since', async () => {
  const { nodes, patches } = world({ taints: STARTUP });
  expect(await nodes.markHealed(NODE, WORK, '6')).toEqual({ kind: 'node-changed' });
  expect(patches).toEqual([]);
});

test('E54: where the taint may not be removed, the node is marked all the same, and the refusal is returned', async () => {
  const { nodes, patches } = world({ taints: STARTUP }, (patch) => (removesTaint(patch) ? 403 : 0));
  expect(await nodes.markHealed(NODE, WORK, '7')).toMatchObject({
    kind: 'annotated',
    taint: { kind: 'refused', message: 'refused with 403' },
  });
  expect(patches.map(removesTaint)).toEqual([true, false]);
});

test('E28: a conflict while the node is marked is no refusal of the taint', async () => {
  const { nodes, patches } = world({ taints: STARTUP }, () => 409);
  expect(await nodes.markHealed(NODE, WORK, '7')).toEqual({ kind: 'node-changed' });
  expect(patches).toHaveLength(1);
});

test('E29: without a mark only the taint is removed, with uid and version', async () => {
  const { taints, patches } = world({ taints: [...OTHERS, ...STARTUP] });
  expect(await taints.isThere(NODE)).toBe(true);
  expect(await taints.remove(NODE)).toEqual({ kind: 'removed' });
  expect(patches).toEqual([{ metadata: { uid, resourceVersion: '7' }, spec: { taints: OTHERS } }]);
});

test('E29: a taint that came back to a marked node is none for the cap, which would report a node that was not healed', async () => {
  const proof = { v: 1, uid, machine: 'machine-1', boot: '7' };
  const marked = { [HEALED]: 'true', [PROOF]: JSON.stringify(proof) };
  const { taints, patches } = world({ taints: STARTUP, annotations: marked });
  expect(await taints.isThere(NODE)).toBe(false);
  expect(await taints.remove(NODE)).toEqual({ kind: 'none' });
  expect(patches).toEqual([]);
  const ofOtherBoot = { ...marked, [PROOF]: JSON.stringify({ ...proof, boot: '6' }) };
  expect(await world({ taints: STARTUP, annotations: ofOtherBoot }).taints.isThere(NODE)).toBe(true);
});

test.each([
  ['has no such taint', { taints: OTHERS }],
  ['is another one', { taints: STARTUP, uid: 'another' }],
  ['is switched off', { taints: STARTUP, annotations: { 'vigilante-healing': 'disabled' } }],
])('E27, E29: nothing is removed of a node that %s', async (_, node) => {
  const { taints, patches } = world(node);
  expect(await taints.remove(NODE)).toEqual({ kind: 'none' });
  expect(await taints.removeAgain(NODE)).toEqual({ kind: 'none' });
  expect(await taints.isThere(NODE)).toBe(false);
  expect(patches).toEqual([]);
});

test('E29: a refusal is returned, a conflict with other writers is retried', async () => {
  expect(await world({ taints: STARTUP }, () => 422).taints.remove(NODE)).toMatchObject({ kind: 'refused' });
  await expect(world({ taints: STARTUP }, () => 409).taints.remove(NODE)).rejects.toMatchObject({
    failure: { kind: 'unreachable' },
  });
});

function proof(change: object = {}): string {
  return JSON.stringify({ v: 1, uid, machine: 'machine-1', boot: '7', later: 'kept', ...change });
}

test('E30: a taint that came back is removed under the same proof, which counts it in the same patch, three times at most', async () => {
  let annotation = proof();
  for (let returns = 1; returns <= TAINT_RETURNS_MAX; returns += 1) {
    const { taints, patches } = world({ taints: STARTUP, annotations: { [HEALED]: 'true', [PROOF]: annotation } });
    expect(await taints.removeAgain(NODE)).toEqual({ kind: 'removed', returns });
    expect(patches).toHaveLength(1);
    expect(patches[0]).toMatchObject({ metadata: { uid, resourceVersion: '7' }, spec: { taints: [] } });
    annotation = patches[0]?.metadata.annotations?.[PROOF] ?? '';
    expect(JSON.parse(annotation)).toEqual({ ...JSON.parse(proof()), taintReturns: returns });
  }
  const { taints, patches } = world({ taints: STARTUP, annotations: { [HEALED]: 'true', [PROOF]: annotation } });
  expect(await taints.removeAgain(NODE)).toEqual({ kind: 'exhausted' });
  expect(patches).toEqual([]);
});

test.each([
  ['without a proof', { [HEALED]: 'true' }],
  ['without a mark', { [HEALED]: 'false', [PROOF]: proof() }],
  ['whose proof is for another boot', { [HEALED]: 'true', [PROOF]: proof({ boot: '8' }) }],
  ['whose proof is for another machine', { [HEALED]: 'true', [PROOF]: proof({ machine: 'machine-2' }) }],
  ['whose proof is for another node', { [HEALED]: 'true', [PROOF]: proof({ uid: 'another' }) }],
])('E30: a taint of a node %s is not removed again', async (_, annotations) => {
  const { taints, patches } = world({ taints: STARTUP, annotations });
  expect(await taints.removeAgain(NODE)).toEqual({ kind: 'none' });
  expect(patches).toEqual([]);
});

test('E31: no write sets the taint, or any other', async () => {
  const { nodes, patches } = world({ taints: OTHERS });
  await nodes.markHealed(NODE, WORK, null);
  await nodes.unmark(NODE);
  await nodes.annotate(NODE, { 'vigilante-healing': 'disabled' });
  expect(patches).toHaveLength(3);
  expect(patches.some(removesTaint)).toBe(false);
});
