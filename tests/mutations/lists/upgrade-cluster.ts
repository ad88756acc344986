/** Faults in the course of a cluster's upgrade: its borders, waves, decisions and last checks. */

import { faultsOf } from '../faults-of.ts';
import type { Mutation, MutationList } from '../mutation.ts';

const proven = (name: string, test: string): Pick<Mutation, 'file' | 'test'> => ({
  file: `domain/upgrade/${name}.ts`,
  test: { project: 'unit', path: `domain/upgrade/${test}.test.ts` },
});

const shown = (name: string): Pick<Mutation, 'file' | 'test'> => ({
  file: `maintainer/${name}.ts`,
  test: { project: 'unit', path: `maintainer/${name}.test.ts` },
});

export const mutations: MutationList = [
  ...faultsOf(proven('cluster-plan', 'cluster-plan'), [
    ['M5', 'if (!hasTaken(state) && state.passedOver.length === 0) {', 'if (state.passedOver.length > 9) {'],
    ['M8', "if (mode === 'survey') return surveyAction(state, next);", ''],
    [
      'M2',
      "if (!state.isChecked) return { kind: 'check', moment: state.wasChecked",
      "if (!state.wasChecked) return { kind: 'check', moment: state.wasChecked",
    ],
    ['M37', 'if (state.approved?.part !== part)', 'if (state.approved === null)'],
    ['M3', "if (next.phase === 'kube-proxy') return { kind: 'await-proxy' };", ''],
    ['M31', 'nowMs < state.pause.untilMs', 'nowMs > state.pause.untilMs'],
    ['M37', 'partOf(step) !== approved?.part) ? approvalUntilMs', 'step.phase !== approved?.part) ? approvalUntilMs'],
    ['M45', "if (state.after?.isOver !== true) return { kind: 'after-check' };", ''],
  ]),
  ...faultsOf(proven('cluster-progress', 'cluster-plan'), [
    ['M6', "state.digest !== '' && state.digest !== digest", 'state.digest === digest'],
    ['M35', 'return before.provenMs + Math.max(0, nowMs - before.lookedMs);', 'return nowMs;'],
    ['M45', 'const isOver = isCalm ||', 'const isOver = calmSinceMs !== null ||'],
    ['M47', 'isLooked: !isOver };', 'isLooked: true };'],
  ]),
  ...faultsOf(proven('node-endings', 'node-endings'), [
    ['M19', 'problems: isWanted ?', 'problems: !isWanted ?'],
    ['M38', '!state.isAborted && !state.passedOver', '!state.passedOver'],
    ['M46', 'isBegun ? [] : unbegun(state, node, decision.atMs)', '[]'],
    ['M38', 'if (state.passedOver.includes(node)) return `${node} is left out already`;', ''],
    ['M38', '&& !isProven(state, step))) return null;', ')) return null;'],
    ['M38', 'decisions: [...state.decisions, decision].slice(-DECISIONS_MAX)', 'decisions: state.decisions'],
  ]),
  ...faultsOf(proven('node-states', 'node-states'), [
    ['M19', "kind === 'held' ? 'held' : 'failed'", "'failed'"],
    ['M38', "for (const { node } of left) if (node !== null) states.set(node.name, 'left');", ''],
  ]),
  ...faultsOf(shown('upgrade-metrics'), [
    ['M30', 'Number(state === shown.state)', '1'],
    ['M37', '- serverNowMs()', '- now()'],
    ['M52', 'const SHOWN_INTERVALS = 2.5;', 'const SHOWN_INTERVALS = 3;'],
  ]),
  ...faultsOf(shown('upgrade-watch'), [
    ['M52', "if (answer.kind === 'not-running') onStatus(null);", ''],
    ['M52', "answer.status.mode === 'upgrade' ?", 'answer.status.run.length > 0 ?'],
  ]),
  ...faultsOf(shown('version-metrics'), [
    ['M52', 'const VERSIONS_MAX = 10;', 'const VERSIONS_MAX = 11;'],
    ['M52', 'if (now() < untilMs) for', 'for'],
    [
      'M4',
      "onKubelets: (versions) => saw('kubelet', versions)",
      "onKubelets: (versions) => saw('kube-apiserver', versions)",
    ],
  ]),
  ...faultsOf(proven('waves', 'waves'), [
    ['M47', 'steps: scene.todo.slice(0, WAVE_STEPS_MAX) };', 'steps: [] };'],
    ['M5', 'const reached = workers - left.length;', 'const reached = 0;'],
  ]),
  ...faultsOf(proven('after-checks', 'after-checks'), [
    ['M45', 'nowMs < untilMs', 'nowMs >= 0'],
    ['M45', 'if (pod.isTerminating', 'if (!pod.isTerminating'],
  ]),
  ...faultsOf(
    { file: 'domain/maintenance/prove.ts', test: { project: 'unit', path: 'domain/maintenance/prove.test.ts' } },
    [
      ['M33', "if (seen === null) return 'its API server does not answer';", 'if (seen === null) return null;'],
      ['M18', "(act !== 'running' || !hasControlPlane(expect))", "act !== 'over'"],
    ],
  ),
];
