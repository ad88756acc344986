/** A scripted node for `onboardNode` and `verifyNode`: that of `healNode`, whose pods ask an echo and are waited for. */

import type { AnnotateNodeInput } from '../../../contracts/healing/activities.ts';
import type {
  BeginOnboardingInput,
  CapTaintInput,
  CapTaintResult,
  OnboardingActivities,
  ProbeOutcome,
  ProbePodInput,
  ProbePodResult,
  RelapseNodeInput,
  RelapseNodeResult,
} from '../../../contracts/healing/onboarding-activities.ts';
import type { EvidenceLevel, SourceFinding, Verdict } from '../../../domain/healing/pod-evidence.ts';
import { probeJudgement } from '../../fixtures/healing.ts';
import { createWorld, present, type World } from '../heal-node/world.ts';

export interface ProbeScript {
  /** What the probe of this attempt comes to; default: proven. */
  readonly probes?: (attempt: number, nowMs: number) => ProbeOutcome;
  /** Whether the brake keeps the mark; default: never. */
  readonly isBraked?: (nowMs: number) => boolean;
  /** Performed while the pod is waited for, such as sleeping in the time of the test. */
  readonly whileWaiting?: (attempt: number) => Promise<void>;
}

export interface OnboardingWorld extends World {
  readonly onboarding: OnboardingActivities;
  readonly probes: ProbePodInput[];
  readonly marks: AnnotateNodeInput[];
  readonly relapses: RelapseNodeInput[];
  readonly caps: (CapTaintInput & { readonly atMs: number })[];
  /** Of every step that was taken, in order. */
  readonly steps: { readonly name: string; readonly profile: string }[];
}

export function judged(verdict: Verdict, change: Partial<SourceFinding & { level: EvidenceLevel }> = {}): ProbeOutcome {
  return { kind: 'judged', judgement: probeJudgement(verdict, change) };
}

/** A pod whose time is not scripted was created when its probe began. */
function createdAt(createdMs: number, outcome: ProbeOutcome): ProbeOutcome {
  if (outcome.kind !== 'judged') return outcome;
  const { source } = outcome.judgement;
  if (source?.createdMs !== 0) return outcome;
  return { ...outcome, judgement: { ...outcome.judgement, source: { ...source, createdMs } } };
}

export function echoDown(level: EvidenceLevel = 2): ProbeOutcome {
  return { kind: 'echo-down', judgement: { podName: 'p', level, detail: 'no endpoint answers anybody' } };
}

export const REJECTED: ProbeOutcome = { kind: 'rejected', status: 403, message: 'exceeded quota: pods' };

export function createOnboardingWorld(nowMs: () => Promise<number>, script: ProbeScript = {}): OnboardingWorld {
  const world = createWorld(nowMs);
  const { events } = world;
  const probes: ProbePodInput[] = [];
  const marks: AnnotateNodeInput[] = [];
  const relapses: RelapseNodeInput[] = [];
  const caps: (CapTaintInput & { readonly atMs: number })[] = [];
  const steps: { name: string; profile: string }[] = [];
  // Looked up when called: a test may replace it.
  const { annotateNode } = world.activities;
  world.activities.annotateNode = async (input) => {
    marks.push(input);
    return annotateNode(input);
  };

  async function beginOnboarding({ resetAnnotation }: BeginOnboardingInput) {
    if (resetAnnotation && world.node.kind === 'present') {
      world.node = present({ ...world.node.facts, uidText: world.node.facts.uid, healed: false });
    }
    events.push({ kind: 'begin', atMs: await nowMs(), resetAnnotation });
    return { node: world.node };
  }

  async function probePod(input: ProbePodInput): Promise<ProbePodResult> {
    const { node: seen } = world;
    const isMarked = seen.kind === 'present' && seen.facts.healed;
    const isDue =
      seen.kind === 'present' &&
      seen.facts.uid === input.node.uid &&
      seen.facts.ready &&
      isMarked === (input.isWatch === true);
    if (!isDue && input.purpose === 'heal') return { node: seen, outcome: { kind: 'skipped' } };
    const atMs = await nowMs();
    events.push({ kind: 'attempt', atMs, attempt: input.attempt, previous: null });
    probes.push(input);
    const outcome = createdAt(atMs, script.probes?.(input.attempt, atMs) ?? judged('proven'));
    await script.whileWaiting?.(input.attempt);
    return { node: world.node, outcome };
  }

  async function relapseNode(input: RelapseNodeInput): Promise<RelapseNodeResult> {
    relapses.push(input);
    if (script.isBraked?.(await nowMs()) === true) return { kind: 'braked' };
    if (world.node.kind === 'present') {
      world.node = present({ ...world.node.facts, uidText: world.node.facts.uid, healed: false });
    }
    return { kind: 'relapsed', node: world.node };
  }

  async function capTaint(input: CapTaintInput): Promise<CapTaintResult> {
    caps.push({ ...input, atMs: await nowMs() });
    return { kind: input.onTimeout === 'remove' ? 'removed' : 'kept' };
  }

  const taken = { beginOnboarding, probePod, relapseNode, capTaint };
  const kept = ['concludeHealing', 'annotateNode', 'recordHealingEvent', 'cleanUpCancelled', 'observeNode'] as const;
  const all = [
    ...Object.entries(taken),
    ...kept.map((name) => [name, (input: never) => world.activities[name](input)] as const),
  ].map(([name, run]) => [
    name,
    (input: { readonly profile: string }) => {
      steps.push({ name, profile: input.profile });
      return (run as (given: unknown) => Promise<unknown>)(input);
    },
  ]);
  return Object.assign(world, {
    onboarding: Object.fromEntries(all) as OnboardingActivities,
    probes,
    marks,
    relapses,
    caps,
    steps,
  });
}
