/** Faults in how facts change the state and the window of a heal (H2, H6, H8, H11, H12, H16). */

import { faultsOf } from '../faults-of.ts';
import type { MutationList } from '../mutation.ts';

const test = { project: 'unit', path: 'domain/healing/plan.test.ts' } as const;

export const mutations: MutationList = [
  ...faultsOf({ file: 'domain/healing/state.ts', test }, [
    ['H6', 'state.pod !== null && state.pod.attempt > state.window.attemptsBefore', 'state.pod !== null'],
    ['H8', "state.phase === 'waiting-for-ready' ? seen : waitForReady(seen, at.rules, at.nowMs)", 'seen'],
    ['H11', 'window: { ...counted.window, rejectedInARow: 0 }', 'window: counted.window'],
    ['H11', 'counted.window.rejectedInARow + 1', '1'],
    ['H12', "phase === 'stalled' || phase === 'unproven'", "phase === 'stalled'"],
  ]),
  ...faultsOf({ file: 'domain/healing/giving-up.ts', test }, [
    ['H12', 'wakeAtMs: at.nowMs + at.rules.retryAfterMs,', 'wakeAtMs: at.nowMs + 2 * at.rules.retryAfterMs,'],
  ]),
  ...faultsOf({ file: 'domain/healing/window.ts', test }, [
    ['H6', 'WINDOW_LENGTHS_MAX = 2', 'WINDOW_LENGTHS_MAX = 3'],
    ['H11', 'lateMs <= rules.intervalMs', 'lateMs <= 2 * rules.intervalMs'],
    ['H11', 'endMs: endMs + lateMs', 'endMs'],
    ['H11', 'limitMs: limitMs + lateMs', 'limitMs'],
    ['H16', 'Math.round(rules.intervalMs * (1 + spread / 2))', 'rules.intervalMs'],
  ]),
];
