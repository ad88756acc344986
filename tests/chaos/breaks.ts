/** Deliberately broken builds: each must be caught by its invariant. And the newer workflows that take over in a run. */

import type { FileChange } from '../mutations/mutation.ts';
import type { Break } from './break.ts';
import { PROOF_BREAKS } from './breaks-of-proof.ts';
import type { ChaosEvidence } from './policy.ts';

const STEPS = 'workflows/healing/steps.ts';
const BEFORE_ATTEMPT = `  const number = before.attempts + 1;`;
const PROBE_STEPS = 'workflows/healing/probe-steps.ts';
const IMPORTS = `import { workflowInfo } from '@temporalio/workflow';`;
const BEFORE_PROBE = `  const attempt = session.state.attempts + 1;`;
const LOOK_FIRST = `await call(session, 'observeNode', { summary: 'look first', input: { node: session.input.node, live: false } });`;

/** A change of the commands of a heal, made as the documentation of Temporal asks: heals that run go on unharmed. */
export const NEXT_VERSION: Readonly<Record<ChaosEvidence, readonly FileChange[]>> = {
  sandbox: [
    { file: STEPS, find: BEFORE_ATTEMPT, replace: `${BEFORE_ATTEMPT}\n  if (patched('look-first')) ${LOOK_FIRST}` },
  ],
  'source-address': [
    { file: PROBE_STEPS, find: IMPORTS, replace: `import { patched, workflowInfo } from '@temporalio/workflow';` },
    { file: PROBE_STEPS, find: BEFORE_PROBE, replace: `${BEFORE_PROBE}\n  if (patched('look-first')) ${LOOK_FIRST}` },
  ],
};

export const BREAK_NAMES = [
  'premature-annotation',
  'forgotten-node',
  'double-pods',
  'leftover-pods',
  'failing-workflow',
  'nondeterminism',
  'lost-report',
  'left-process',
  'believed-clock',
  'one-proof',
  'hasty-deletion',
  'silent-relapse',
  'early-untaint',
] as const;
export type BreakName = (typeof BREAK_NAMES)[number];

export const BREAKS: Readonly<Record<BreakName, Break>> = {
  'premature-annotation': {
    invariant: 'a',
    about: 'a heal concludes after four intervals',
    changes: [
      {
        file: 'domain/healing/plan.ts',
        find: 'const isOver = at.nowMs >= window.endMs;',
        replace: 'const isOver = at.nowMs >= window.startMs + 4 * at.rules.intervalMs;',
      },
    ],
  },
  'forgotten-node': {
    invariant: 'b',
    about: 'the starter passes over a node',
    changes: [
      {
        file: 'domain/healing/node-decision.ts',
        find: 'needsHealing(observation.facts) && observation.facts.ready;',
        replace: `needsHealing(observation.facts) && observation.facts.ready && !observation.facts.name.endsWith('2');`,
      },
    ],
  },
  'double-pods': {
    invariant: 'c',
    about: 'an attempt leaves the last pod to the reconcile',
    changes: [
      {
        file: 'activities/healing/attempt-pod.ts',
        find: 'removal = await removeAndJudge(deps, input.previousPod);',
        replace: 'removal = { judgement: null, heldBy: [] };',
      },
    ],
  },
  'leftover-pods': {
    invariant: 'd',
    about: 'neither the end of a heal nor the reconcile removes pods',
    changes: [
      {
        file: 'activities/healing/activities.ts',
        find: 'const { judgement } = await removeAndJudge(deps, previousPod);',
        replace: 'const judgement = null;',
      },
      {
        file: 'activities/healing/activities.ts',
        find: 'await removePodsOfNode(deps, node);\n  if (healedElsewhere',
        replace: 'if (healedElsewhere',
      },
      {
        file: 'starter/healing/pod-sweep.ts',
        find: 'if (await hasNoOwner(deps.heals, pod)) await remove(deps, pod);',
        replace: 'await hasNoOwner(deps.heals, pod);',
      },
    ],
  },
  'failing-workflow': {
    invariant: 'e',
    about: 'a heal fails in the place of annotating',
    changes: [
      {
        file: 'workflows/healing/endings.ts',
        find: `import { continueAsNew, log, patched } from '@temporalio/workflow';`,
        replace: `import { ApplicationFailure, continueAsNew, log, patched } from '@temporalio/workflow';`,
      },
      {
        file: 'workflows/healing/endings.ts',
        find: 'if (isProven(state, session.policy, at.nowMs)) return annotate(session, pods.nodeVersion);',
        replace: `if (isProven(state, session.policy, at.nowMs)) throw ApplicationFailure.nonRetryable('broken');`,
      },
    ],
  },
  nondeterminism: {
    invariant: 'f',
    about: 'newer workflows take over without a patch',
    changes: [],
    nextChanges: [{ file: STEPS, find: BEFORE_ATTEMPT, replace: `${BEFORE_ATTEMPT}\n  ${LOOK_FIRST}` }],
  },
  'lost-report': {
    invariant: 'g',
    about: 'the collector acknowledges what it only remembers',
    changes: [
      {
        file: 'collector/reports/agent-registry.ts',
        find: 'return this.#keep(agent, this.#deps.store.save(record));',
        replace: 'return this.#keep(agent, Promise.resolve());',
      },
    ],
  },
  'left-process': {
    invariant: 'h',
    about: 'a process outlives its parent',
    changes: [],
    leavesProcess: true,
  },
  'believed-clock': {
    invariant: 'i',
    about: 'ages of reports come from the wall clock',
    changes: [
      {
        file: 'runtime/clock.ts',
        find: 'steadyMs: () => performance.now()',
        replace: 'steadyMs: () => Date.now()',
      },
    ],
  },
  ...PROOF_BREAKS,
};

export function evidenceOfBreak(name: BreakName): ChaosEvidence {
  return BREAKS[name].evidence ?? 'sandbox';
}
