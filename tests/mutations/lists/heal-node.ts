/** Faults in the workflow, noticed on a real Temporal server, mostly with its time skipped (H2 to H17). */

import { faultsOf } from '../faults-of.ts';
import type { Mutation, MutationList } from '../mutation.ts';

const on = (file: string, subject: string, name: string): Pick<Mutation, 'file' | 'test'> => ({
  file,
  test: { project: 'integration', path: `tests/integration/heal-node/${subject}.test.ts`, name },
});

const WORKFLOW = 'workflows/healing/heal.ts';
const SESSION = 'workflows/healing/session.ts';
const STEPS = 'workflows/healing/steps.ts';
const ENDINGS = 'workflows/healing/endings.ts';
const CALLS = 'workflows/healing/calls.ts';
const GUARD = 'temporal/worker/query-guard.ts';

const inWorker = (file: string, subject: string, name?: string): Pick<Mutation, 'file' | 'test'> => ({
  file,
  test: {
    project: 'integration',
    path: `tests/integration/worker/${subject}.test.ts`,
    ...(name === undefined ? {} : { name }),
  },
});

export const mutations: MutationList = [
  ...faultsOf(
    {
      file: 'workflows/new-run.ts',
      test: {
        project: 'integration',
        path: 'tests/integration/onboard-node/real-server.test.ts',
        name: '^H14: a cancellation that came',
      },
    },
    [['H14', 'error instanceof ContinueAsNew && isOvertaken()', 'false']],
  ),
  ...faultsOf(on('domain/healing/state.ts', 'transitions', '^H2: '), [
    ['H2', 'if (nodeFingerprint(node) === nodeFingerprint(state.node)) return withLaterFacts(state, node);', ''],
  ]),
  ...faultsOf(on(STEPS, 'policy', '^H3: '), [['H3', 'previousPod: before.pod }', 'previousPod: null }']]),
  ...faultsOf(on(ENDINGS, 'policy', '^H6, H7: '), [['H5', 'previousPod: session.state.pod }', 'previousPod: null }']]),
  ...faultsOf(on(ENDINGS, 'policy', '^H6, H12: '), [
    ['H6', 'if (isProven(state, session.policy, at.nowMs)) return', 'return'],
  ]),
  ...faultsOf(on(ENDINGS, 'races', '^H7, H9, H10: '), [['H7', "if (result.kind === 'annotated') return", 'return']]),
  ...faultsOf(on(STEPS, 'transitions', '^H8: a heal that waits'), [
    ['H8', 'session.state = observe(waiting, node, at);', 'session.state = waiting;'],
  ]),
  ...faultsOf(on(ENDINGS, 'transitions', '^H9: a node that was deleted'), [
    ['H9', "await removePods(session, 'remove the pods', isMarkedByOthers(node) ? detail : null);", ''],
  ]),
  ...faultsOf(on(ENDINGS, 'races', '^H9: '), [
    ['H9', "await removePods(session, 'remove the pods of the node that is gone');", ''],
  ]),
  ...faultsOf(on(ENDINGS, 'transitions', '^H10: a mark'), [
    ['H10', 'isMarkedByOthers(node) ? detail : null', 'null'],
    ['H10', ' && isForeignMark(node.facts.mark)', ''],
    ['H10', "if (outcome !== 'healed-elsewhere') return detail;", 'return detail;'],
  ]),
  ...faultsOf(on(ENDINGS, 'transitions', '^H10: a signal'), [
    ['H10', 'if (leaveReason(node, isWatched) !== outcome) return null;', ''],
  ]),
  ...faultsOf(on(ENDINGS, 'races', '^H7, H8: '), [
    ['H8', 'pods.node === undefined ? judged : observe(judged, pods.node, at)', 'judged'],
  ]),
  ...faultsOf(on(ENDINGS, 'races', '^H10: '), [['H10', 'live: true', 'live: false']]),
  ...faultsOf(on(CALLS, 'transitions', '^H11: '), [
    ['H11', 'backoffCoefficient: 2,', 'backoffCoefficient: 2,\n      maximumAttempts: 3,'],
  ]),
  ...faultsOf(on(ENDINGS, 'bounds', '^H7: '), [
    ['H7', 'session.markConflicts % MARK_CONFLICTS_MAX === 0', 'session.markConflicts < 0'],
  ]),
  ...faultsOf(on('workflows/healing/decision.ts', 'bounds', '^H8'), [['H8', '&& patched(BOUNDS_PATCH)', '&& false']]),
  ...faultsOf(on(CALLS, 'refusals', '^H7, H11: a refused beginHealing'), [
    ['H11', 'known.push(message);', ''],
    ['H11', 'showDetails(session);', 'throw error;'],
    ['H11', 'session.refusal = null;', ''],
  ]),
  ...faultsOf(on('activities/failures.ts', 'refusals', '^H11: '), [
    ['H11', 'reports.known.length >= REFUSALS_REPORTED_MAX', 'false'],
  ]),
  ...faultsOf(on('workflows/healing/view.ts', 'refusals', '^H14: '), [
    ['H14', 'lastError: session.refusal?.message ?? ', 'lastError: '],
  ]),
  ...faultsOf(on(STEPS, 'policy', '^H6, H12: '), [
    [
      'H12',
      "await call(session, 'recordHealingEvent', {",
      "if (phase === 'stalled') await call(session, 'recordHealingEvent', {",
    ],
    ['H17', "reason: phase === 'stalled' ? 'HealingStalled' : 'HealingUnproven'", "reason: 'HealingStalled'"],
  ]),
  ...faultsOf(inWorker(GUARD, 'takeover'), [['H15', ' && (await isOpen())', ' && false']]),
  ...faultsOf({ file: GUARD, test: { project: 'unit', path: 'temporal/worker/query-guard.test.ts' } }, [
    ['H15', 'activation.isReplaying === true ? 0 : ', ''],
    ['H15', 'queries.some((query) => query?.queryId === QUERY_ALONE) && ', ''],
    ['H15', 'if (openLength > settledLength && ', 'if ('],
  ]),
  ...faultsOf(inWorker('workflows/interceptors.ts', 'messages', '^a signal'), [
    ['H15', 'if (unreadable !== undefined) return logIgnoredSignal(input.signalName, unreadable.toJSON());', ''],
    [
      'H15',
      "if (typeof name === 'string' && name !== '' && !name.startsWith(RESERVED_PREFIX)) return true;",
      'return true;',
    ],
  ]),
  ...faultsOf(inWorker('workflows/accepted-input.ts', 'messages', '^a heal and a watch under another id'), [
    ['H2', 'if (problems.length > 0 && patched(INPUT_BOUNDED)) throw refusal(problems);', ''],
    ['H2', 'workflowId === idAllowed', 'true'],
  ]),
  ...faultsOf(inWorker(WORKFLOW, 'messages', '^a reason of two megabytes'), [
    ['H13', 'cutText(payload.reason, REASON_LENGTH_MAX)', 'payload.reason'],
  ]),
  ...faultsOf(
    inWorker('workflows/state-attribute.ts', 'search-attributes', '^workflows whose attributes were removed'),
    [['H15', 'if (patched(`${WITHOUT_SEARCH_ATTRIBUTES}${attribute.writes}`)) return;', '']],
  ),
  ...faultsOf(inWorker('temporal/start-without-attributes.ts', 'search-attributes'), [
    ['H2', '!isInvalidArgument(error)', 'true'],
  ]),
  ...faultsOf(inWorker('temporal/worker/guarded-worker.ts', 'takeover'), [
    ['H15', 'ENDS.has(eventType) || ', ''],
    [
      'H15',
      'if (Number(eventId) <= startedEventId) return false;',
      'if (Number(eventId) <= startedEventId) return true;',
    ],
  ]),
  ...faultsOf(inWorker('workflows/step-scopes.ts', 'cancellation'), [
    ['H14', 'if (ofWorkflow.consideredCancelled) scope.cancel();', ''],
    ['H14', 'ofWorkflow.cancelRequested.catch(() => ofStep?.cancel());', ''],
  ]),
  ...faultsOf(inWorker('workflows/step-scopes.ts', 'heap'), [
    ['H16', 'const scope = new Parentless();', 'const scope = new CancellationScope();'],
  ]),
  ...faultsOf(on(WORKFLOW, 'continue-as-new', '^H12, H15: '), [
    ['H12', 'if (workflowInfo().continueAsNewSuggested) return', 'if (false) return'],
  ]),
  ...faultsOf(on(SESSION, 'continue-as-new', '^H12, H15: '), [
    ['H15', '    state,\n    nodeUid', '    state: state && { ...state, attempts: 0 },\n    nodeUid'],
  ]),
  ...faultsOf(on('workflows/workflow-time.ts', 'clock-steps', '^H3, H6: '), [
    ['H3', "if (patched('fired-timers-move-time')) time.reachedMs = untilMs;", ''],
  ]),
  ...faultsOf(on(SESSION, 'continue-as-new', '^H13: '), [
    ['H13', '    restart,\n    reachedMs', '    restart: null,\n    reachedMs'],
  ]),
  ...faultsOf(on(STEPS, 'policy', '^H13: '), [['H13', 'resetAnnotation: restart !== null', 'resetAnnotation: false']]),
  ...faultsOf(on(WORKFLOW, 'races', '^H13, H15: '), [
    ['H13', 'if (result !== null && session.restart === null) return', 'if (result !== null) return'],
  ]),
  ...faultsOf(on(STEPS, 'races', '^H13, H15: '), [
    ['H13', 'const attempts = session.state?.attempts ?? 0;', 'const attempts = 0;'],
  ]),
  ...faultsOf(on(WORKFLOW, 'transitions', '^H14: '), [
    ['H14', 'await CancellationScope.nonCancellable(async () => cleanUp(session));', ''],
  ]),
  ...faultsOf(on(ENDINGS, 'races', '^H14: '), [['H14', "if (node.kind === 'gone') return;", 'return;']]),
  ...faultsOf(on(CALLS, 'races', '^H16: '), [
    ['H16', 'ON_POD_QUEUE.has(name) ?', 'false ?'],
    ['H16', "'concludeHealing']", "'concludeHealing', 'observeNode']"],
    ['H16', "'concludeHealing']", "'concludeHealing', 'beginHealing']"],
  ]),
  ...faultsOf(
    {
      file: 'worker/workers.ts',
      test: { project: 'integration', path: 'tests/integration/worker/rate-limit.test.ts' },
    },
    [
      [
        'H16',
        '    // Kept by the server, over all workers together.\n    maxTaskQueueActivitiesPerSecond: healing.attemptsPerSecond,',
        '',
      ],
    ],
  ),
  ...faultsOf({ file: STEPS, test: { project: 'integration', path: 'tests/replay/replay.test.ts' } }, [
    [
      'H15',
      'const number = before.attempts + 1;',
      'const number = before.attempts + 1;\n  await condition(() => false, 1);',
    ],
  ]),
  ...faultsOf(
    {
      file: 'temporal/healing/start.ts',
      test: { project: 'integration', path: 'tests/integration/starter/heals.test.ts', name: '^H2: starts by two' },
    },
    [['H2', 'WorkflowIdConflictPolicy.USE_EXISTING', 'WorkflowIdConflictPolicy.TERMINATE_EXISTING']],
  ),
];
