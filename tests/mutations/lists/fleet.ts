/** Faults in soak, approvals and the course of a run over several clusters (M9, M35, M37, M38, M40 to M42). */

import { faultsOf } from '../faults-of.ts';
import type { Mutation, MutationList } from '../mutation.ts';

const unit = (file: string, path: string): Pick<Mutation, 'file' | 'test'> => ({
  file,
  test: { project: 'unit', path },
});

export const mutations: MutationList = [
  ...faultsOf(unit('domain/upgrade/soak.ts', 'domain/upgrade/soak.test.ts'), [
    ['M35', 'isAlerting: true, provenMs: 0 }', 'isAlerting: true }'],
    ['M35', 'reset({ ...blind, provenMs: 0 }', 'reset({ ...blind }'],
    ['M35', 'blindMs <= gapMaxMs ||', 'blindMs < gapMaxMs ||'],
    ['M35', 'afterSpan(known, { ...span, fromMs: known.countedToMs }', 'afterSpan(known, span'],
    ['M35', 'soak.blindMs === 0 && !soak.isAlerting', '!soak.isAlerting'],
    ['M35', 'resets >= resetsMax', 'resets > resetsMax'],
  ]),
  ...faultsOf(unit('domain/maintenance/alert-minutes.ts', 'domain/maintenance/alert-minutes.test.ts'), [
    ['M35', 'last.kind !== next.kind || last.toMs !== next.fromMs', 'last.kind !== next.kind'],
  ]),
  ...faultsOf(unit('activities/upgrade/soak.ts', 'activities/upgrade/soak.test.ts'), [
    ['M35', 'alerts.isOfMoments ? Math.min(leftMs, MINUTE_MS) : leftMs', 'leftMs'],
  ]),
  ...faultsOf(unit('domain/upgrade/approvals.ts', 'domain/upgrade/approvals.test.ts'), [
    ['M37', 'planDigest !== question.planDigest', "planDigest === ''"],
    ['M37', 'notAfterMs <= question.nowMs', 'notAfterMs < question.nowMs'],
    ['M37', 'notByStarter && by === question.startedBy', 'notByStarter && by === question.run'],
    ['M37', "decision === 'reject' && planDigest", "decision !== 'reject' && planDigest"],
    ['M37', 'lastFirst[Math.min(needed, lastFirst.length) - 1]', 'lastFirst.at(-1)'],
    ['M37', '[...new Set(counted.map', '[...Array.from(counted.map'],
  ]),
  ...faultsOf(unit('domain/upgrade/fleet-plan.ts', 'domain/upgrade/fleet-plan.test.ts'), [
    ['M9', 'if (asked.length > 0) {', 'if (asked.length > waiting.length) {'],
    ['M40', 'if (soaking.every((one) => isProven(one, nowMs)))', 'if (soaking.some((one) => isProven(one, nowMs)))'],
    [
      'M40',
      'if (waiting.length + working.length + halts.length === 0) return soakPlan',
      'if (waiting.length + halts.length === 0) return soakPlan',
    ],
    ['M40', 'const LOOKED_INTERVALS_MAX = 2;', 'const LOOKED_INTERVALS_MAX = 3;'],
    ['M42', 'failed.length > max', 'failed.length > max + 1'],
    [
      'M41',
      '.filter((one) => one.isUnreachable && isAwaited(one))',
      '.filter((one) => one.isUnreachable && !isAwaited(one))',
    ],
    ['M38', '(isStopping || running.kind !== neededWork(one))', '(isStopping && running.kind !== neededWork(one))'],
  ]),
  ...faultsOf(unit('fleet/fleet-watch.ts', 'fleet/fleet-watch.test.ts'), [
    ['M52', "if (answer.kind === 'silent') shown.push({ run, state: 'silent', clusters: [] });", ''],
    [
      'M52',
      "if (answer.kind === 'status') shown.push(answer.status);",
      'if (shown.length === 0) shown.push(answer as never);',
    ],
  ]),
  ...faultsOf(unit('fleet/fleet-metrics.ts', 'fleet/fleet-metrics.test.ts'), [
    ['M30', 'Number(state === current)', 'Number(state !== current)'],
    ['M52', 'const SHOWN_INTERVALS = 2.5;', 'const SHOWN_INTERVALS = 3;'],
  ]),
  ...faultsOf(unit('activities/upgrade/maintainers.ts', 'activities/upgrade/maintainers.test.ts'), [
    ['M41', '(known.has(one) && !heard.has(one))', 'known.has(one)'],
  ]),
];
