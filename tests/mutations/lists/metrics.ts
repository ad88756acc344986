/** Faults in what is counted and measured (H18). */

import { faultsOf } from '../faults-of.ts';
import type { MutationList } from '../mutation.ts';

const worker = {
  file: 'worker/healing-metrics.ts',
  test: { project: 'unit', path: 'worker/healing-metrics.test.ts' },
} as const;
const starterTest = { project: 'unit', path: 'starter/starter-metrics.test.ts' } as const;

export const mutations: MutationList = [
  ...faultsOf(worker, [
    ['H18', "if (outcome !== 'skipped') ", ''],
    ['H18', "attempt === 1 && outcome === 'created'", "outcome === 'created'"],
    [
      'H18',
      "name: 'cops_vigilante_snat_node_healing_attempts'",
      "name: 'cops_vigilante_snat_node_healing_attempts_total'",
    ],
    ['H18', "name: 'vigilante_events_dropped_total'", "name: 'vigilante_events_refused_total'"],
    ['H18', 'healed.observe(secondsSince(readyChangedMs))', 'firstPod.observe(secondsSince(readyChangedMs))'],
  ]),
  ...faultsOf({ file: 'starter/starter-metrics.ts', test: starterTest }, [
    [
      'H18',
      "name: 'cops_vigilante_snat_number_of_not_ready_nodes_found'",
      "name: 'cops_vigilante_snat_not_ready_nodes'",
    ],
    ['H18', 'nodes.set({ state }, counts[state])', 'if (counts[state] > 0) nodes.set({ state }, counts[state])'],
    ['H18', 'notReady.inc(count)', 'notReady.inc()'],
    ['H18', 'strays.inc()', 'undefined'],
  ]),
  ...faultsOf({ file: 'runtime/metrics.ts', test: starterTest }, [
    ['H18', 'counter.inc({ verb, resource, code: String(code) })', 'counter.inc({ verb, resource })'],
  ]),
  ...faultsOf(
    { file: 'starter/healing/node-states.ts', test: { project: 'unit', path: 'starter/healing/node-states.test.ts' } },
    [
      ['H18', "if (node.disabled) return 'disabled';", ''],
      ['H18', 'if (node.windows || heal !== undefined) counts', 'counts'],
    ],
  ),
  ...faultsOf(
    {
      file: 'starter/healing/overdue-heals.ts',
      test: { project: 'unit', path: 'starter/healing/overdue-heals.test.ts' },
    },
    [
      ['H18', 'nowMs - sinceMs > WINDOWS_MAX', 'nowMs - sinceMs >= WINDOWS_MAX'],
      ['H18', 'before?.uid === uid ? before.sinceMs : nowMs', 'before?.sinceMs ?? nowMs'],
      ['H18', "'healing', 'open']", "'healing']"],
      ['H18', "['starting', 'healing'", "['healing'"],
    ],
  ),
  ...faultsOf({ file: 'runtime/metrics.ts', test: { project: 'unit', path: 'runtime/readiness.test.ts' } }, [
    ['H18', 'answer === FINE ? 1 : 0', '1'],
    ['H18', 'Object.entries(readiness().checks)', 'Object.entries({ nodes: FINE, temporal: FINE })'],
  ]),
];
