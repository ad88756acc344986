/** Faults in what the starter does about nodes, heals and pods (H2, H9, H10, H15, H16). */

import { faultsOf } from '../faults-of.ts';
import type { MutationList } from '../mutation.ts';

const unit = (subject: string) =>
  ({ file: `starter/${subject}.ts`, test: { project: 'unit', path: `starter/${subject}.test.ts` } }) as const;

const nodeDecision = {
  file: 'domain/healing/node-decision.ts',
  test: { project: 'unit', path: 'domain/healing/node-decision.test.ts' },
} as const;

const nodeChangedPayload = {
  file: 'temporal/healing/heals.ts',
  test: { project: 'unit', path: 'temporal/healing/node-changed-payload.test.ts' },
} as const;

export const mutations: MutationList = [
  ...faultsOf(nodeDecision, [
    ['H2', '!isNews || knowsByItself', 'knowsByItself'],
    ['H2', " && openHeal.state === 'healing'", ''],
    ['H2', ' && observation.facts.ready', ''],
    ['H10', 'start: startable && lastSignalled !== null', 'start: false'],
  ]),
  ...faultsOf(unit('healing/node-keeper'), [
    ['H2', '    if (this.#openHeals === null) return;\n', ''],
    ['H2', 'for (const node of nodes) if (this.#isDue(node)) this.#queue.add(node);', ''],
    ['H9', 'return this.#signalled.get(node) !== GONE', 'return false'],
    ['H15', 'this.#failures += 1;\n', 'this.#signalled.set(node, GONE);\n'],
  ]),
  ...faultsOf(unit('healing/node-keeper'), [
    ['H10', 'return isAllowed ? decision : { ...decision, start: false };', 'return decision;'],
  ]),
  ...faultsOf(unit('healing/foreign-mark-starts'), [
    ['H10', 'pauseMs * 2 ** (last.count - 1)', 'pauseMs'],
    ['H10', 'Math.min(DAY_MS, ', 'Math.max(0, '],
    ['H10', 'if (!isForeignMark(facts.mark)) return;', ''],
  ]),
  ...faultsOf(unit('healing/foreign-marks'), [
    ['H10', ' && !keys.has(foreignMarkKey(facts))', ''],
    ['H10', 'keys.size < EVENTS_PER_NODE_MAX && ', ''],
    ['H10', '.slice(0, EVENTS_PER_ROUND_MAX)', ''],
    ['H11', "if (failure.kind === 'unreachable') return false;", ''],
  ]),
  ...faultsOf(nodeChangedPayload, [
    ['H2', 'healed, disabled, readyChangedMs };', 'healed, disabled, readyChangedMs, ...observation.facts };'],
  ]),
  ...faultsOf(unit('healing/pod-decision'), [
    ['H15', 'ageMs <= intervalMs', 'ageMs < intervalMs'],
    ['H15', 'ageMs > AGE_INTERVALS_MAX * intervalMs', 'ageMs > intervalMs'],
    ['H15', 'pod.attempt === status.attempts + 1', 'pod.attempt > status.attempts'],
    ['H15', 'if (status.pod?.uid === pod.uid) return false;', ''],
  ]),
  ...faultsOf(unit('healing/pod-decision'), [['H15', 'if (pod.heldBy.length > 0) return false;', '']]),
  ...faultsOf(unit('healing/pod-sweep'), [
    ['H15', 'if (known.has(uid)) continue;', ''],
    ['H15', "if (kind !== 'deleted') return;", ''],
  ]),
  ...faultsOf(unit('healing/pod-sweep'), [
    ['H15', 'if (await hasNoOwner(deps.heals, pod)) await remove', 'await remove'],
    ['H15', 'unansweredStreak >= UNANSWERED_STREAK_MAX', 'false'],
    ['H15', 'signal.aborted || ', ''],
  ]),
  ...faultsOf({ ...unit('work-queue'), file: 'domain/token-bucket.ts' }, [
    ['H16', 'return tokens < 1', 'return false'],
    ['H16', 'tokens: tokens - 1', 'tokens'],
  ]),
  ...faultsOf(unit('work-queue'), [
    ['H16', 'bucket = taking.bucket;', ''],
    ['H16', 'while (underWay.size < atOnceMax) {', 'for (;;) {'],
  ]),
];
