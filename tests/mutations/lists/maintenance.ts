/** Faults in the maintenance of nodes, its budget and its gates (M8 to M44). */

import { faultsOf } from '../faults-of.ts';
import type { Mutation, MutationList } from '../mutation.ts';

type Place = Pick<Mutation, 'file' | 'test'>;

const domain = (name: string, test = name): Place => ({
  file: `domain/maintenance/${name}.ts`,
  test: { project: 'unit', path: `domain/maintenance/${test}.test.ts` },
});
const PLAN = 'plan';
const inCluster = (file: string, test: string): Place => ({
  file,
  test: { project: 'integration', path: `tests/integration/maintenance/${test}.test.ts` },
});

const onPolicies = (policy: string, test: string): Place => ({
  file: `charts/vigilante/files/${policy}.yaml`,
  test: { project: 'integration', path: `tests/integration/policies/${test}.test.ts` },
});
const unit = (file: string): Place => ({
  file,
  test: { project: 'unit', path: file.replace(/\.ts$/, '.test.ts') },
});

const node: MutationList = [
  ...faultsOf(domain(PLAN), [
    ['M10', "return askOrWait(state, 'take', nowMs) ?? { kind: 'mark' };", "return { kind: 'mark' };"],
    ['M14', 'if (nowMs >= state.drainUntilMs) return undrained(', 'if (nowMs < 0) return undrained('],
    ['M16', 'if (nowMs >= state.drainUntilMs && !state.asking.isGranted) return', 'if (nowMs < 0) return'],
    ['M16', "return askOrWait(state, 'act', nowMs) ?? { kind: 'mark-acting' };", "return { kind: 'start-act' };"],
    ['M17', 'if (state.isCancelled && isUndoable(state)) {', 'if (state.isCancelled) {'],
    ['M19', "return { kind: 'hold' };\n  const failed", "return { kind: 'give-back' };\n  const failed"],
    ['M38', 'if (state.resolution !== null) return', 'if (state.resolution === state.resolution) return'],
  ]),
  ...faultsOf(domain('progress', PLAN), [
    ['M20', "if (loss.kind === 'gone') return", "if (loss.kind === 'replaced') return"],
    ['M21', "if (mark.phase === 'draining') {", "if (mark.phase === 'acting') {"],
    ['M24', 'if (!facts.ready) {', 'if (facts.ready && !facts.ready) {'],
  ]),
  ...faultsOf(domain('act-progress', PLAN), [
    [
      'M19',
      "{ ...toStep(state, 'hold', { nowMs, detail }), awayMs: 0, holdReport: 'due' }",
      "toGiveBack(state, { outcome: 'unproven', detail }, nowMs)",
    ],
  ]),
  ...faultsOf(domain('prove'), [
    ['M18', 'return isOtherBoot(before, after) ? null', 'return !isOtherBoot(before, after) ? null'],
    ['M18', "if (before.bootId === '' || after.bootId === '')", "if (before.bootId === '')"],
    ['M23', "healing === 'not-windows' || healing === 'proven'", "healing !== 'failed'"],
  ]),
  ...faultsOf(domain('eviction'), [
    ['M13', "if (status === 500 && SEVERAL_BUDGETS.test(message)) return { kind: 'never', detail: message };", ''],
    ['M13', '(status === 409 && OTHER_UID.test(message))', '(status === 409 && status > 409)'],
  ]),
  ...faultsOf(domain('pods'), [
    ['M13', "pod.controller === 'Node' || pod.isMirror", "pod.controller === 'Node'"],
    ['M13', "pod.controller === 'Node' || ", ''],
    ['M15', 'nowMs > sinceMs + graceMs + OVERDUE_MS', 'nowMs > sinceMs + OVERDUE_MS'],
  ]),
];

const budget: MutationList = [
  ...faultsOf(domain('budget'), [
    ['M25', 'if (percent === 0 || count === 0) return 0;', ''],
    ['M25', 'return isLost || node.unschedulable;', 'return isLost;'],
    ['M27', 'count === 1 || up - 1 >= Math.floor(count / 2) + 1', 'count === 1 || up >= Math.floor(count / 2) + 1'],
  ]),
  ...faultsOf(domain('grant'), [
    [
      'M22',
      "if (!request.drains || survey.rules.lastNode === 'accept') return null;",
      'if (survey !== null) return null;',
    ],
    ['M24', "node.ready ? null : reason('not-ready', 'the node is not Ready')", 'null'],
    ['M25', 'return inWork + down - Number(node.down) + 1 <= max;', 'return inWork + 1 <= max;'],
    ['M27', 'if (inWork + down > 0) return', 'if (inWork > 0) return'],
    [
      'M28',
      'slot.group === group.name && slot.zone !== node.zone',
      'slot.group === group.name && slot.zone === node.zone',
    ],
    [
      'M29',
      'const why = breakerReason(ledger.breaker);',
      'const why = breakerReason(ledger.breaker) === null ? null : null;',
    ],
    ['M31', 'if (pause === null || pause.untilMs <= nowMs) return null;', 'if (pause === null) return null;'],
  ]),
  ...faultsOf(domain('settle'), [
    ['M21', "mark !== 'unreadable' && workflow === 'closed';", "mark !== 'unreadable' && workflow === 'running';"],
    [
      'M26',
      'if (uid === null || mark === null || isKnown || returned.has(name)) return [];',
      'if (mark !== null || mark === null) return [];',
    ],
    ['M26', 'const isNew = nowMs < ledger.givesFromMs;', 'const isNew = nowMs < 0;'],
  ]),
  ...faultsOf(domain('breaker'), [
    [
      'M29',
      "const FAILED: readonly NodeOutcomeKind[] = ['unproven', 'act-failed'];",
      "const FAILED: readonly NodeOutcomeKind[] = ['act-failed'];",
    ],
    ['M29', 'const isOver = nowMs - overSinceMs >= closeAfterMs;', 'const isOver = true;'],
  ]),
  ...faultsOf(domain(PLAN), [['M30', "if (nowMs >= reportMs) return { kind: 'report-wait' };", '']]),
  ...faultsOf(
    {
      file: 'workflows/maintenance/guard-session.ts',
      test: { project: 'integration', path: 'tests/integration/maintenance/terminated.test.ts' },
    },
    [['M26', 'isKnown: resume !== undefined', 'isKnown: true']],
  ),
];

const gates: MutationList = [
  ...faultsOf(domain('alert-gate'), [
    ['M34', 'if (silent !== undefined) {', 'if (silent !== undefined && minutes.length === 0) {'],
    ['M34', 'if (graceMs > 0 && minutes.some(', 'if (graceMs > 0 && [0].some('],
    ['M34', 'if (ignore.includes(name) || name === heartbeat) return false;', 'if (name === heartbeat) return false;'],
  ]),
  ...faultsOf(domain('windows'), [
    [
      'M36',
      'days.includes(weekdayOf(day - 1)) && minute < endMinute',
      'days.includes(weekdayOf(day)) && minute < endMinute',
    ],
    [
      'M36',
      'const shownMinutes = Math.floor((atMs + offsetMs(timeZone, atMs)) / MINUTE_MS);',
      'const shownMinutes = Math.floor((atMs + offsetMs(timeZone, 0)) / MINUTE_MS);',
    ],
  ]),
  ...faultsOf(domain('reboots'), [
    ['M43', 'if (open.length === 0) return {', 'if (open.length < 0) return {'],
    ['M44', 'if (tool !== undefined) return {', 'if (tool === null) return {'],
  ]),
  ...faultsOf(domain('reboot-need', 'reboots'), [
    ['M43', "host?.sentinel.state === 'present'", "host?.sentinel.state !== 'absent'"],
  ]),
];

const effects: MutationList = [
  ...faultsOf(inCluster('kubernetes/client/connection.ts', 'node'), [
    ['M8', "if (options.isDryRun === true && target.method !== 'GET') throw dryRunError(target);", ''],
  ]),
  ...faultsOf(inCluster('kubernetes/maintenance/nodes.ts', 'node'), [
    ['M11', '    ...(mark.cordoned ? { unschedulable: true } : {}),\n', ''],
  ]),
  ...faultsOf(inCluster('activities/maintenance/marking.ts', 'node'), [
    ['M12', 'facts.unschedulable && mark.cordoned && facts.cordonIsOurs', 'facts.unschedulable && mark.cordoned'],
    ['M12', '(mark.cordoned || mark.cordonedBefore) && !facts.unschedulable', 'mark.cordoned && mark.cordonedBefore'],
  ]),
  ...faultsOf(inCluster('kubernetes/maintenance/act-pod.ts', 'node'), [
    ['M16', ".update(key).digest('hex')", ".update(`${key}${Date.now()}`).digest('hex')"],
    ['M55', '      automountServiceAccountToken: false,\n', ''],
  ]),
];

const told: MutationList = [
  ...faultsOf(unit('runtime/notifications.ts'), [
    ['M48', 'if (receiver.on.includes(event)) void', 'void'],
    ['M48', "if (underWay >= UNDER_WAY_MAX) return sent.inc({ receiver, result: 'dropped' });", ''],
  ]),
  ...faultsOf(unit('activities/maintenance/node-events.ts'), [['M48', '  deps.notify?.(input);\n', '']]),
];

const rights: MutationList = [
  ...faultsOf(unit('cli/maintenance/fetch-artifacts.ts'), [
    ['M53', 'if (got === sha256) return;', 'if (got !== null) return;'],
    ['M53', 'if (!isBelow) throw new Error(', 'if (folder === name) throw new Error('],
  ]),
  ...faultsOf(onPolicies('maintenance-pod-admission-policy', 'act-pods'), [
    ['M54', "'!variables.creates || request.userInfo.username == MAINTAINER_USER'", 'request.userInfo.username != ""'],
    ['M54', '!has(source.serviceAccountToken)', 'true'],
    ['M54', 'variables.creates || object.spec == oldObject.spec', 'variables.creates || has(object.spec)'],
  ]),
  ...faultsOf(onPolicies('maintainer-admission-policy', 'maintained-nodes'), [
    ['M54', 'variables.spec.all(key, key == "unschedulable"\n', 'variables.spec.all(key, key != ""\n'],
    ['M54', '|| !("vigilante-reboot" in variables.annotations)', '|| true'],
  ]),
];

export const mutations: MutationList = [...node, ...budget, ...gates, ...effects, ...told, ...rights];
