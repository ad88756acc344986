/** Faults in what is done to the cluster, noticed by tests on a real API server (H1 to H3, H5, H7 to H10, H13 to H15, H17, H18). */

import { faultsOf } from '../faults-of.ts';
import type { Mutation, MutationList } from '../mutation.ts';

const on = (file: string, subject: string, name: string): Pick<Mutation, 'file' | 'test'> => ({
  file,
  test: { project: 'integration', path: `tests/integration/kubernetes/${subject}.test.ts`, name },
});

export const mutations: MutationList = [
  ...faultsOf(on('kubernetes/client/resource.ts', 'node-informer', '^H1: '), [
    ['H1', 'timeoutSeconds: String(timeoutSeconds), ...selectors(selection)', 'timeoutSeconds: String(timeoutSeconds)'],
  ]),
  ...faultsOf(on('kubernetes/nodes/informer.ts', 'node-informer', '^H1: '), [
    ['H1', 'const { labelSelector } = healable;', "const labelSelector = '';"],
  ]),
  ...faultsOf(on('kubernetes/nodes/informer.ts', 'node-informer', '^H9: '), [
    ['H9', 'departures?.add(name)', "known.report({ name, observation: { kind: 'gone' } })"],
  ]),
  ...faultsOf(on('kubernetes/client/watch-forever.ts', 'node-informer', '^H15: '), [
    ['H15', 'if (signal.aborted) break;', 'break;'],
  ]),
  ...faultsOf(on('kubernetes/client/request-times.ts', 'slow-answers', '^H11: an attempt'), [
    ['H11', 'const WRITE_TIMEOUT_MS = 40_000;', 'const WRITE_TIMEOUT_MS = 8_000;'],
  ]),
  ...faultsOf(on('kubernetes/client/request-waits.ts', 'slow-answers', '^H11: an attempt'), [
    ['H11', '    waiting?.add(entry);\n', ''],
  ]),
  ...faultsOf(on('activities/failures.ts', 'credentials', '^H11: a heal'), [
    ['H11', '    ...(isUnauthorized(error) && { nextRetryDelay: unauthorizedRetryMs() }),\n', ''],
  ]),
  ...faultsOf(on('kubernetes/client/credentials.ts', 'credentials', '^H11: '), [
    ['H11', 'if (evenIfSame || found.text !== loaded.text) loaded = found;', ''],
  ]),
  ...faultsOf(on('kubernetes/client/credentials.ts', 'credentials', '^H11: many'), [
    ['H11', 'if (cached !== null && !isSame(cached.credentials, used)) return true;', ''],
  ]),
  ...faultsOf(on('kubernetes/healing/pods.ts', 'attempt-pod', '^H3: '), [['H3', ', preconditions: { uid }', '']]),
  ...faultsOf(on('activities/healing/attempt-pod.ts', 'attempt-pod', '^H3: '), [
    ['H3', "if (cached !== undefined && isDue({ kind: 'present', facts: cached }, node))", 'if (false)'],
  ]),
  ...faultsOf(on('activities/healing/attempt-pod.ts', 'attempt-pod', '^H15: '), [
    ['H15', 'if (pod !== null) return', 'if (false) return'],
  ]),
  ...faultsOf(on('activities/healing/attempt-pod.ts', 'attempt-pod', '^H9: '), [
    ['H8', 'node.uid && facts.ready && needsHealing', 'node.uid && needsHealing'],
    ['H9', 'facts.uid === node.uid && facts.ready', 'facts.ready'],
  ]),
  ...faultsOf(on('activities/healing/attempt-pod.ts', 'heal-ends', '^H3, H15: '), [
    ['H15', ' && found.run === run', ''],
  ]),
  ...faultsOf(on('activities/healing/pod-removal.ts', 'heal-ends', '^H9: '), [
    ['H9', 'pods.filter(({ uid }) => uid !== podUid)', '[]'],
  ]),
  ...faultsOf(on('activities/healing/activities.ts', 'heal-ends', '^H5: '), [
    ['H5', 'const { judgement } = await removeAndJudge(deps, previousPod);', 'const judgement = null;'],
  ]),
  ...faultsOf(on('activities/healing/pod-removal.ts', 'healing-activities', '^H5: '), [
    ['H5', 'if (level > 0) return', 'if (level > 1) return'],
  ]),
  ...faultsOf(on('kubernetes/nodes/nodes.ts', 'heal-ends', '^H7: '), [
    ['H7', 'uid: node.uid, ', ''],
    ['H7', "if (isOtherUid(error)) return { kind: 'node-replaced' };", ''],
  ]),
  ...faultsOf(on('kubernetes/nodes/nodes.ts', 'heal-ends', '^H7, H15: '), [['H15', 'resourceVersion: version }', '}']]),
  ...faultsOf(on('activities/healing/activities.ts', 'heal-ends', '^H7, H15: '), [['H15', '&& !wasWritten', '']]),
  ...faultsOf(on('activities/healing/activities.ts', 'healing-activities', '^H10: '), [
    ['H10', 'live ? undefined : deps.informer.get(node)', 'deps.informer.get(node)'],
  ]),
  ...faultsOf(on('activities/healing/begin-healing.ts', 'heal-ends', '^H13: '), [
    ['H13', 'if (isReset) return resetMark(deps, node);', ''],
  ]),
  ...faultsOf(on('kubernetes/nodes/nodes.ts', 'heal-ends', '^H13: '), [
    ['H13', "'false', [proofKey]: null", "'false'"],
    ['H13', "[healedAnnotation]: 'false', ", ''],
  ]),
  ...faultsOf(on('kubernetes/nodes/nodes.ts', 'heal-ends', '^H7, H15: '), [
    ['H15', "if (version !== null && version !== found) return { kind: 'node-changed' };", ''],
  ]),
  ...faultsOf(on('activities/healing/activities.ts', 'heal-ends', '^H7, H10: '), [
    ['H10', "now.facts.mark === 'proven'", 'now.facts.healed'],
  ]),
  ...faultsOf(on('activities/healing/pod-removal.ts', 'held-pods', '^H'), [
    ['H5', 'result.pod === null || pod.held === true', 'result.pod === null'],
    ['H5', 'judged === null ? null : withHolders(judged, heldBy)', 'judged'],
    ['H12', 'if (held.length < HELD_PODS_MAX) return null;', 'return null;'],
  ]),
  ...faultsOf(on('activities/healing/attempt-pod.ts', 'held-pods', '^H'), [
    ['H5', '{ ...previousPod, held: true }', 'previousPod'],
    ['H15', "if (removed.kind !== 'held') return null;", 'return null;'],
  ]),
  ...faultsOf(on('kubernetes/healing/pods.ts', 'held-pods', '^H15: '), [
    ['H15', "finalizers.length > 0 ? { kind: 'held', pod: answer, finalizers } : ", ''],
    ['H15', 'metadata?.deletionTimestamp === undefined ? [] : ', ''],
  ]),
  ...faultsOf(on('activities/healing/begin-healing.ts', 'foreign-marks', '^H10: '), [
    [
      'H10',
      'withoutForeignMark(deps, seen.facts) : resetMark(deps, node);',
      'withoutForeignMark(deps, seen.facts) : seen;',
    ],
    ['H10', 'return isForeignMark(seen.facts.mark) ? withoutForeignMark(deps, seen.facts) : ', 'return '],
    ['H10', ' || !needsHealing(seen.facts)) return seen;', ') return seen;'],
  ]),
  ...faultsOf(on('activities/healing/attempt-pod.ts', 'foreign-marks', '^H10: '), [
    ['H10', 'isDue(seen, input.node) ? await withoutForeignMark(deps, seen.facts) : seen', 'seen'],
  ]),
  ...faultsOf(on('activities/healing/foreign-mark.ts', 'foreign-marks', '^H10: '), [
    ['H10', ', key: foreignMarkKey(facts) }', ', occasion: String(Math.random()) }'],
  ]),
  ...faultsOf(on('activities/healing/activities.ts', 'heal-ends', '^H14: '), [
    ['H14', '{ [HEALING_SWITCH_ANNOTATION]: HEALING_SWITCH_OFF }', '{}'],
    ['H14', '  await removeAndJudge(deps, previousPod);\n  await removePodsOfNode(deps, node);\n', ''],
  ]),
  ...faultsOf(on('activities/healing/activities.ts', 'heal-ends', '^H17: the Event'), [
    ['H17', ', occasion: String(attempt) }', ' }'],
  ]),
  ...faultsOf(on('activities/healing/begin-healing.ts', 'healing-activities', '^H17: '), [
    [
      'H17',
      'if (input.event === null) return { node, outcome };',
      'if (input.event !== null) return { node, outcome };',
    ],
  ]),
  ...faultsOf(on('activities/healing/activities.ts', 'healing-activities', '^H17: '), [
    ['H17', "await recordHealEvent(deps, { node, reason: 'Healed', message: evidence })", 'null'],
    ['H17', "  await recordHealEvent(deps, { node, reason: 'HealingCancelled', message });\n", ''],
  ]),
  ...faultsOf(on('activities/healing/events.ts', 'healing-activities', '^H17: '), [
    ['H17', "HealingStalled: 'Warning'", "HealingStalled: 'Normal'"],
    ['H17', "HealingUnproven: 'Warning'", "HealingUnproven: 'Normal'"],
  ]),
  ...faultsOf(on('activities/healing/activities.ts', 'healing-activities', '^H18: '), [
    [
      'H18',
      "  if (result.kind === 'annotated') deps.onHealed?.({ node, readyChangedMs: result.facts.readyChangedMs, refutedMs });\n",
      '',
    ],
  ]),
  ...faultsOf(on('activities/healing/pod-removal.ts', 'healing-activities', '^H18: '), [
    ['H18', 'if (judged !== null) deps.onPodJudged?.(judged.level);', ''],
  ]),
  ...faultsOf({ file: 'activities/events.ts', test: { project: 'unit', path: 'activities/events.test.ts' } }, [
    ['H17', "if (failure.kind === 'unreachable') throw error;", ''],
    ['H17', 'deps.onEventDropped?.(reason);', ''],
  ]),
];
