/** The activities of `onboardNode` and `verifyNode`: each looks up what its profile needs. */

import type { HealingActivities, RefusalReports, WithRefusalReports } from '../../contracts/healing/activities.ts';
import type {
  BeginOnboardingInput,
  BeginOnboardingResult,
  OnboardingActivities,
  ProbingActivities,
} from '../../contracts/healing/onboarding-activities.ts';
import { isToWatch } from '../../domain/healing/node-decision.ts';
import { type NodeObservation, needsHealing } from '../../domain/node/facts.ts';
import { isForeignMark } from '../../domain/node/mark.ts';
import { askingCluster } from '../failures.ts';
import { createHealingActivities } from './activities.ts';
import { nodeToHeal, showBegin } from './begin-healing.ts';
import { capTaint } from './cap-taint.ts';
import type { ProbingDeps } from './deps.ts';
import { recordHealEvent } from './events.ts';
import { withoutForeignMark } from './foreign-mark.ts';
import { keepOnly } from './pod-removal.ts';
import { probePod, unknownHere } from './probe-pod.ts';
import { relapseNode } from './relapse-node.ts';

interface Profile {
  readonly deps: ProbingDeps;
  readonly steps: WithRefusalReports<HealingActivities>;
}

/** @param profiles those of this worker's file, by their names in `deps.profile` */
export function createOnboardingActivities(profiles: readonly ProbingDeps[]): OnboardingActivities {
  const known = new Map(profiles.map((deps) => [deps.profile, { deps, steps: createHealingActivities(deps) }]));
  const profileOf = (name: string): Profile => {
    const profile = known.get(name);
    if (profile === undefined) throw unknownHere(`profile ${name}`);
    return profile;
  };
  const own =
    <Input, Result>(step: keyof ProbingActivities, run: (deps: ProbingDeps, input: Input) => Promise<Result>) =>
    async (input: Input & { readonly profile: string }, reports?: RefusalReports): Promise<Result> => {
      const { deps } = profileOf(input.profile);
      return askingCluster(() => run(deps, input), { reports, onRefused: () => deps.onStepRefused?.(step) });
    };
  return {
    beginOnboarding: own('beginOnboarding', beginOnboarding),
    probePod: own('probePod', probePod),
    relapseNode: own('relapseNode', relapseNode),
    capTaint: own('capTaint', capTaint),
    concludeHealing: async (input, reports) => profileOf(input.profile).steps.concludeHealing(input, reports),
    annotateNode: async (input, reports) => profileOf(input.profile).steps.annotateNode(input, reports),
    recordHealingEvent: async (input, reports) => profileOf(input.profile).steps.recordHealingEvent(input, reports),
    cleanUpCancelled: async (input, reports) => profileOf(input.profile).steps.cleanUpCancelled(input, reports),
    observeNode: async (input, reports) => profileOf(input.profile).steps.observeNode(input, reports),
  };
}

async function beginOnboarding(deps: ProbingDeps, input: BeginOnboardingInput): Promise<BeginOnboardingResult> {
  const node = await nodeToOnboard(deps, input);
  await keepOnly(deps, { node: input.node, podUid: null });
  if (node.kind === 'gone') return { node };
  // A node that is only watched is not begun: it keeps its condition, too.
  if (input.event !== null && input.isWatchEnough === true && isToWatch(node.facts)) return { node };
  await showBegin(deps, { facts: node.facts, message: input.event, step: 'beginOnboarding' });
  if (input.event === null) return { node };
  const ref = { name: input.node, uid: node.facts.uid };
  const eventProblem = await recordHealEvent(deps, { node: ref, reason: 'HealingStarted', message: input.event });
  return eventProblem === null ? { node } : { node, eventProblem };
}

/** A watch begins again where its mark does not count any more: what has changed is reported before it is reset (E26). */
async function nodeToOnboard(deps: ProbingDeps, input: BeginOnboardingInput): Promise<NodeObservation> {
  if (input.resetAnnotation) {
    const seen = await deps.nodes.observe(input.node);
    const isToReport = seen.kind === 'present' && needsHealing(seen.facts) && isForeignMark(seen.facts.mark);
    if (isToReport) return withoutForeignMark(deps, seen.facts);
  }
  return nodeToHeal(deps, input);
}
