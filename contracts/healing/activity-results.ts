/**
 * Checks of what the healing activities return. Anybody who may use the namespace can complete an activity by hand, and
 * a heal that stumbles over the result in its workflow task would stumble again at each retry.
 */

import type { EvidenceLevel, PodJudgement, SourceFinding, Verdict } from '../../domain/healing/pod-evidence.ts';
import { CAP_OUTCOMES } from '../../domain/healing/startup-taint.ts';
import type { NodeObservation } from '../../domain/node/facts.ts';
import { type Check, isRecord, name, oneOf, open, optional, orNull, someOf, value } from '../shape.ts';
import type {
  AnnotateNodeResult,
  AttemptOutcome,
  AttemptPodResult,
  BeginHealingResult,
  ConcludeHealingResult,
  HealingActivities,
} from './activities.ts';
import type {
  BeginOnboardingResult,
  CapTaintResult,
  ProbeOutcome,
  ProbePodResult,
  ProbingActivities,
  RelapseNodeResult,
} from './onboarding-activities.ts';

/** Every step of a heal, whichever workflow runs it. */
export type HealSteps = HealingActivities & ProbingActivities;

/** At least what a heal reads: newer workers may return more. */
type Results = {
  readonly [Name in keyof HealSteps]: Check<Awaited<ReturnType<HealSteps[Name]>>>;
};

const truth = value<boolean>('true or false', (found) => typeof found === 'boolean');
const number = value<number>('a number', (found) => typeof found === 'number');
const text = value<string>('a text', (found) => typeof found === 'string');

const timeMs = value<number>('a time', (found) => Number.isSafeInteger(found));
const facts = open({
  name,
  uid: name,
  windows: truth,
  ready: truth,
  healed: truth,
  disabled: truth,
  createdMs: optional(timeMs),
});
const node: Check<NodeObservation> = (found, path) =>
  isRecord(found) && found['kind'] === 'gone' ? [] : open({ kind: name, facts })(found, path);
const pod = open({ name, uid: name, attempt: number });
const level = value<EvidenceLevel>('a number', (found) => typeof found === 'number');
const verdict = oneOf<Verdict>('proven', 'refuted', 'silent');
const source = open<SourceFinding>({
  verdict,
  by: orNull(oneOf('own', 'node', 'other')),
  address: orNull(text),
  endpoint: orNull(text),
  createdMs: number,
});
const podJudgement = open<PodJudgement>({ podName: name, level, detail: text, source: optional(source) });
const judgement = orNull(podJudgement);
const outcome: Check<AttemptOutcome> = (found, path) => {
  const kind = isRecord(found) ? found['kind'] : null;
  if (kind === 'created') return open({ pod })(found, path);
  return kind === 'rejected' ? open({ kind: name, message: text })(found, path) : open({ kind: name })(found, path);
};

const probed: Check<ProbeOutcome> = (found, path) => {
  const kind = isRecord(found) ? found['kind'] : null;
  if (kind === 'judged' || kind === 'echo-down') return open({ judgement: podJudgement })(found, path);
  if (kind === 'rejected') return open({ kind: name, message: text })(found, path);
  return open({ kind: oneOf('vanished', 'skipped') })(found, path);
};

const eventProblem: Check<string> = (found, path) =>
  found === undefined || found === null || typeof found === 'string' ? [] : [`${path}: expected a text`];
const annotation: Check<AnnotateNodeResult> = (found, path) => open({ kind: name, eventProblem })(found, path);

const relapse: Check<RelapseNodeResult> = (found, path) => {
  const kind = isRecord(found) ? found['kind'] : null;
  if (kind === 'braked') return open({ eventProblem })(found, path);
  return open({ kind: oneOf('relapsed', 'kept'), node, eventProblem })(found, path);
};

export const HEALING_RESULTS: Results = {
  beginHealing: someOf<BeginHealingResult>({ node, outcome, eventProblem }),
  attemptPod: someOf<AttemptPodResult>({ node, judgement, outcome }),
  concludeHealing: someOf<ConcludeHealingResult>({ judgement, node: optional(node) }),
  annotateNode: annotation,
  recordHealingEvent: (found, path) =>
    found === undefined || found === null ? [] : open({ eventProblem })(found, path),
  cleanUpCancelled: () => [],
  observeNode: node,
  beginOnboarding: someOf<BeginOnboardingResult>({ node, eventProblem }),
  probePod: someOf<ProbePodResult>({ node, outcome: probed }),
  relapseNode: relapse,
  capTaint: someOf<CapTaintResult>({ kind: oneOf(...CAP_OUTCOMES) }),
};
