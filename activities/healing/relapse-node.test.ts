/** The mark of a node that relapsed is taken back, once and on that node only (E23, E25). */

import { expect, test } from '@jest/globals';
import type { RelapseNodeInput, RelapseNodeResult } from '../../contracts/healing/onboarding-activities.ts';
import type { NodeFacts, NodeObservation } from '../../domain/node/facts.ts';
import type { AnnotateResult } from '../../kubernetes/nodes/nodes.ts';
import { nodeUid } from '../../tests/fixtures/nodes.ts';
import { NODE, probingWorld, quietEnvironment } from '../../tests/fixtures/probing.ts';
import type { ProbingDeps } from './deps.ts';
import { createOnboardingActivities } from './onboarding-activities.ts';

const { name, uid } = NODE;
const INPUT: RelapseNodeInput = { node: { name, uid }, relapsedMs: 7_000, seen: '2 pods', isBrakeReported: false };
const present = (change: Partial<NodeFacts> = {}): NodeObservation => ({
  kind: 'present',
  facts: { ...NODE, healed: true, mark: 'proven', ...change },
});
const WRITTEN: AnnotateResult = { kind: 'annotated', facts: { ...NODE, healed: false } };

function scene(node: NodeObservation, answers: readonly AnnotateResult[] = [WRITTEN], isAdmitted = true) {
  const base = probingWorld().deps;
  const calls: string[] = [];
  const left = [...answers];
  const deps: ProbingDeps = {
    ...base,
    nodes: {
      ...base.nodes,
      observe: async () => node,
      observeVersion: async () => ({ node, version: '5' }),
      async relapse(_node, relapsedMs, version) {
        calls.push(`relapse ${relapsedMs} ${version ?? ''}`);
        return left.shift() ?? WRITTEN;
      },
    },
    events: { record: async ({ reason, message }) => void calls.push(`${reason}: ${message}`) },
    condition: {
      type: 'SnatHealed',
      knownReason: () => 'Healed',
      conditions: {
        async update(_node, type, next) {
          calls.push(`${type}: ${next('Healed')?.reason ?? ''}`);
          return 'written';
        },
      },
    },
    brake: {
      admit: () => isAdmitted,
      release: () => void calls.push('release'),
    },
    onRelapsed: () => calls.push('counted'),
    onRelapseBraked: () => calls.push('counted as braked'),
  };
  const run = (change: Partial<RelapseNodeInput> = {}) => {
    const { relapseNode } = createOnboardingActivities([deps]);
    const environment = quietEnvironment();
    return environment.run<[], RelapseNodeResult, () => Promise<RelapseNodeResult>>(() =>
      relapseNode({ ...INPUT, ...change, profile: 'snat' }),
    );
  };
  return { calls, run };
}

test('E23: the mark is taken back in the version that was read, then the Event is written', async () => {
  const { calls, run } = scene(present());
  expect(await run()).toEqual({ kind: 'relapsed', node: { kind: 'present', facts: { ...NODE, healed: false } } });
  expect(calls).toEqual([
    'relapse 7000 5',
    'counted',
    'SnatHealed: Relapsed',
    'HealingRelapsed: 2 pods: its mark is taken back, and it is healed again',
  ]);
});

test('E23: a mark that is gone already, as for a retry, is not written again; the Event is', async () => {
  const { calls, run } = scene(present({ healed: false }));
  expect(await run()).toMatchObject({ kind: 'relapsed' });
  expect(calls).toEqual(['SnatHealed: Relapsed', expect.stringContaining('HealingRelapsed')]);
});

test.each<[string, NodeObservation]>([
  ['is gone', { kind: 'gone' }],
  ['is another one', present({ uid: nodeUid('uid-2') })],
  ['was switched off', present({ disabled: true })],
])('E27: nothing is written where the node %s', async (_title, node) => {
  const { calls, run } = scene(node);
  expect(await run()).toEqual({ kind: 'kept', node });
  expect(calls).toEqual([]);
});

test('E23: a node that others write all the time keeps its mark until the next attempt, and does not count', async () => {
  const changed = { kind: 'node-changed' } as const;
  const { calls, run } = scene(present(), [changed, changed, changed]);
  expect(await run()).toEqual({ kind: 'kept', node: present() });
  expect(calls).toEqual(Array.from({ length: 3 }, () => ['relapse 7000 5', 'release']).flat());
});

test('E25: where the brake holds the mark is kept, counted each time, and reported once', async () => {
  const { calls, run } = scene(present(), [], false);
  expect(await run()).toEqual({ kind: 'braked' });
  expect(await run({ isBrakeReported: true })).toEqual({ kind: 'braked' });
  expect(calls).toEqual([
    'counted as braked',
    'RelapseBraked: 2 pods: its mark is kept, because too many nodes relapsed of late (healing.storm)',
    'counted as braked',
  ]);
});
