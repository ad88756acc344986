/** What the judges of healing by proof let pass and what not, on facts made by hand. */

import { expect, test } from '@jest/globals';
import {
  DEFAULT_HEALED_ANNOTATION,
  relapsedAnnotation,
  SNAT_PROFILE,
  SNAT_PROOF_ANNOTATION,
} from '../../contracts/healing/names.ts';
import { WORKER } from '../e2e/audit-attempts.ts';
import type { WorkflowRun } from './heal-runs.ts';
import { judgeMarks } from './judge-marks.ts';
import { judgeProbes } from './judge-probes.ts';
import { judgeRelapses } from './judge-relapses.ts';
import { judgeTaints } from './judge-taints.ts';
import type { NodeVersion } from './node-versions.ts';
import { LONG_POLICY, proofPolicy, STARTUP_TAINT } from './policy.ts';
import type { ProbeLife, Shown } from './probe-lives.ts';

const POLICY = proofPolicy(LONG_POLICY, 1);
const { proof } = POLICY;
if (proof === null) throw new Error('expected a policy of proof');
const CAP_MS = proof.taintCapMs;
const PROOF = { uid: 'uid', boot: 'boot-1', taintReturns: 0 };
const OTHER = { key: 'os', value: 'windows' };
const TAINT = { key: STARTUP_TAINT };

/** Written by the worker; version and time are those of the second. */
function version(second: number, changes: Partial<NodeVersion> = {}, annotations = {}, taints?: object[]): NodeVersion {
  return {
    node: 'win-1',
    nodeUid: 'uid',
    createdMs: 0,
    version: second,
    atMs: second * 1_000,
    user: WORKER,
    marked: false,
    proof: null,
    disabled: false,
    ready: true,
    boot: 'boot-1',
    behaviour: 'proving',
    taints: [OTHER],
    unschedulable: false,
    asked: {
      metadata: { resourceVersion: `${second - 1}`, annotations },
      spec: taints === undefined ? {} : { taints: taints.map((taint) => ({ key: '', ...taint })) },
    },
    ...changes,
  };
}

/** Made at that second, judged and gone one and a half seconds later. */
function life(second: number, shown: Shown, changes: Partial<ProbeLife> = {}): ProbeLife {
  return {
    node: 'win-1',
    nodeUid: 'uid',
    name: `pod-${second}`,
    uid: `pod-${second}`,
    attempt: second,
    run: 'run',
    datedMs: second * 1_000,
    createdMs: second * 1_000,
    goneMs: second * 1_000 + 1_500,
    proven: shown === 'own',
    shown,
    allowed: shown,
    deletion: { atMs: second * 1_000 + 1_500, by: WORKER, hadEnded: true },
    ...changes,
  };
}

function runOf(lives: readonly ProbeLife[], changes: Partial<WorkflowRun> = {}): WorkflowRun {
  return {
    workflowId: 'heal',
    runId: 'run',
    node: 'win-1',
    status: 'RUNNING',
    outcome: null,
    startedMs: 0,
    lastEventMs: 0,
    events: 0,
    begins: [{ scheduledMs: 0, completedMs: 500, resets: false }],
    annotations: [19_000],
    relapses: [],
    probes: lives.map(({ attempt, createdMs, goneMs, name }) => {
      return { attempt, scheduledMs: createdMs, closedMs: goneMs, judgedPod: name };
    }),
    restarts: [],
    cancelledMs: null,
    taskStarts: [],
    activityEnds: [],
    taskFailures: [],
    hasPatch: false,
    wasRefused: false,
    lately: '',
    pendingTaskFailures: 0,
    history: {},
    ...changes,
  };
}

function facts(lives: readonly ProbeLife[], versions: readonly NodeVersion[], changes: Partial<WorkflowRun> = {}) {
  const known = {
    lives,
    versions,
    runs: [runOf(lives, changes)],
    proof: proof ?? never(),
    states: [],
    judgedMs: 60_000,
  };
  return { ...known, policy: POLICY, disturbances: [], events: [] };
}

function never(): never {
  throw new Error('expected a policy of proof');
}

const MARK = version(20, { marked: true, proof: PROOF }, { [DEFAULT_HEALED_ANNOTATION]: 'true' });
const what = ({ violations }: { readonly violations: readonly { readonly what: string }[] }) =>
  violations.map((violation) => violation.what);

test('E17: two pods in a row with their own address, three seconds apart, are enough for a mark', () => {
  const lives = [life(5, 'node'), life(10, 'own'), life(13, 'own')];
  expect(judgeMarks(facts(lives, [version(1), MARK]))).toMatchObject({ checked: 1, violations: [] });
});

test.each([
  ['one proof', [life(13, 'own')], /after 1 proofs in a row of 2/],
  ['no pod at all', [], /no pod was judged/],
  ['a refuted pod between', [life(8, 'own'), life(10, 'node'), life(13, 'own')], /after 1 proofs/],
  ['a silent pod between', [life(8, 'own'), life(10, 'nothing'), life(13, 'own')], /after 1 proofs/],
  ['a refuted pod behind', [life(8, 'own'), life(11, 'own'), life(14, 'node')], /after 0 proofs/],
  ['proofs too close', [life(10, 'own'), life(12, 'own')], /over 2000 ms of 3000/],
  ['two pods at a time', [life(10, 'own', { goneMs: 14_000 }), life(13, 'own')], /before the one before it was gone/],
  ['proofs of another node', [life(10, 'own', { nodeUid: 'x' }), life(13, 'own', { nodeUid: 'x' })], /after 0 proofs/],
])('E17: with %s the mark comes too early', (_, lives, problem) => {
  expect(what(judgeMarks(facts(lives, [version(1), MARK])))).toEqual([expect.stringMatching(problem)]);
});

test('E8, E17: proofs from before a NotReady do not count', () => {
  const lives = [life(10, 'own'), life(13, 'own')];
  const versions = [version(1), version(14, { ready: false }), version(15), MARK];
  expect(what(judgeMarks(facts(lives, versions)))).toEqual([expect.stringMatching(/after 0 proofs/)]);
});

test.each([
  ['a worker', WORKER, [/after 0 proofs/]],
  ['a person, which the heal missed,', 'somebody', []],
])('E17, E27: with proofs from before a mark by %s was taken back', (_, user, problems) => {
  const lives = [life(10, 'own'), life(13, 'own')];
  const versions = [version(1), version(14, { marked: true, user }), version(15, { user: 'somebody' }), MARK];
  const found = what(judgeMarks(facts(lives, versions)));
  expect(found.filter((problem) => problem.includes('in a row'))).toEqual(
    problems.map((problem) => expect.stringMatching(problem)),
  );
});

test('E17: a node whose behaviour never lets a pod show its own address is never marked', () => {
  const lives = [life(10, 'own', { allowed: 'node' }), life(13, 'own')];
  const versions = [version(1, { behaviour: 'lying' }), { ...MARK, behaviour: 'lying' }];
  expect(what(judgeMarks(facts(lives, versions)))).toEqual([
    expect.stringMatching(/behaviour lying never let/),
    expect.stringMatching(/pod-10 showed an address/),
  ]);
  const cured = [version(1, { behaviour: 'snat-until-19' }), { ...MARK, behaviour: 'snat-until-19' }];
  expect(judgeMarks(facts([life(10, 'own'), life(13, 'own')], cured)).violations).toEqual([]);
});

test('a mark that nobody asked for is noticed', () => {
  expect(what(judgeMarks(facts([], [version(1), MARK], { annotations: [] })))).toEqual([
    'marked, but no history asks for it',
  ]);
});

const RELAPSED = { [DEFAULT_HEALED_ANNOTATION]: 'false', [relapsedAnnotation(SNAT_PROFILE)]: 'then' };

test.each([
  { pods: [life(25, 'node'), life(28, 'node')], isFine: true },
  { pods: [life(25, 'node')], isFine: false },
  { pods: [life(25, 'node'), life(28, 'nothing')], isFine: false },
  { pods: [life(15, 'node'), life(28, 'node')], isFine: false },
  { pods: [], isFine: false },
])('E23, E24: a relapse takes two refuted pods since the mark: $isFine', ({ pods, isFine }) => {
  const relapse = version(40, {}, RELAPSED);
  const judged = judgeRelapses(facts(pods, [version(1), MARK, relapse], { relapses: [39_000] }));
  expect([judged.checked, judged.violations.length]).toEqual([1, isFine ? 0 : 1]);
});

test.each([
  ['without a reason', {}, {}, 1],
  ['for another boot', { boot: 'boot-2' }, {}, 0],
  [
    'for a restart',
    {},
    { restarts: [38_000], begins: [{ scheduledMs: 39_000, completedMs: 41_000, resets: true }] },
    0,
  ],
  ['for a begin of its own', {}, { begins: [{ scheduledMs: 39_000, completedMs: 41_000, resets: true }] }, 1],
])('E26: a mark that is taken back %s', (_, node, run, violations) => {
  const unmark = version(40, node, { [DEFAULT_HEALED_ANNOTATION]: 'false' });
  const versions = [version(1), MARK, { ...MARK, ...node, version: 30, user: 'person' }, unmark];
  expect(judgeRelapses(facts([], versions, run)).violations).toHaveLength(violations);
});

test.each([
  ['with a pod that has ended', {}, {}, 0],
  ['before its end', { hadEnded: false }, {}, 1],
  ['after its patience', { hadEnded: false, atMs: 18_000 }, {}, 0],
  ['by a person', { hadEnded: false, by: 'person' }, {}, 0],
  ['of a cancelled heal', { hadEnded: false }, { cancelledMs: 11_000 }, 0],
  ['of an earlier attempt', { hadEnded: false }, { probes: [] }, 0],
])('E10: a deletion %s', (_, deletion, run, violations) => {
  const lives = [life(10, 'nothing', { deletion: { atMs: 11_500, by: WORKER, hadEnded: true, ...deletion } })];
  expect(judgeProbes(facts(lives, [version(1)], run)).violations).toHaveLength(violations);
});

test('E9: two pods of a heal at a time are noticed', () => {
  const lives = [life(10, 'own', { goneMs: 12_000 }), life(11, 'own')];
  expect(what(judgeProbes(facts(lives, [version(1)])))).toEqual([
    expect.stringMatching(/were there together for 1000/),
  ]);
});

const TAINTED = version(4, { taints: [OTHER, TAINT], user: 'person' });
const OVER = CAP_MS / 1_000 + 1;

test.each([
  ['with the mark', version(5, { marked: true }, { [DEFAULT_HEALED_ANNOTATION]: 'true' }, [OTHER]), 0],
  ['before its cap', version(5, {}, {}, [OTHER]), 1],
  ['after its cap', version(OVER, {}, {}, [OTHER]), 0],
  ['of a node that is switched off', version(OVER, { disabled: true }, {}, [OTHER]), 1],
  ['with another one', version(5, { marked: true, taints: [] }, { [DEFAULT_HEALED_ANNOTATION]: 'true' }, []), 1],
])('E28, E29: the startup taint removed %s', (_, after, violations) => {
  const known = { ...facts([], [TAINTED, after]), lateMsMax: 0 };
  const asked = { ...after.asked, metadata: { ...after.asked.metadata, resourceVersion: '4' } };
  const judged = judgeTaints({ ...known, versions: [TAINTED, { ...after, asked }] });
  expect([judged.checked, judged.violations.length]).toEqual([1, violations]);
});

test.each([
  [1, 0],
  [3, 0],
  [4, 1],
])('E30: removal %d under the same proof', (returns, violations) => {
  const marked = { marked: true, proof: { ...PROOF, taintReturns: returns - 1 }, createdMs: 4_000 };
  const before = version(4, { ...marked, taints: [OTHER, TAINT], user: 'person' });
  const counted = { ...marked, proof: { ...PROOF, taintReturns: returns } };
  const after = version(5, counted, { [SNAT_PROOF_ANNOTATION]: '{}' }, [OTHER]);
  expect(judgeTaints({ ...facts([], [before, after]), lateMsMax: 0 }).violations).toHaveLength(violations);
});

test('E31: a taint that we set, and a node that we cordon, are noticed', () => {
  const versions = [version(1), version(2, { taints: [OTHER, TAINT] }), version(3, { unschedulable: true })];
  expect(what(judgeTaints({ ...facts([], versions), lateMsMax: 0 }))).toEqual([
    'its startup taint was set by us',
    expect.stringMatching(/startup taint was removed/),
    'it was cordoned by us',
  ]);
});

test('E29: a startup taint that outlives its cap at the quiet end is noticed', () => {
  const known = { ...facts([], []), lateMsMax: 0 };
  expect(what(judgeTaints({ ...known, states: [TAINTED] }))).toEqual([expect.stringMatching(/still there/)]);
  expect(judgeTaints({ ...known, states: [{ ...TAINTED, disabled: true }] }).violations).toEqual([]);
});
