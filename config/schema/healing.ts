/** The part `healing` of the configuration. */

import { z } from 'zod';
import { HEALING_LIMITS } from '../../contracts/healing/heal-node.ts';
import {
  DEFAULT_HEALED_ANNOTATION,
  HEALING_SWITCH_ANNOTATION,
  HINT_ANNOTATION,
  relapsedAnnotation,
  SNAT_PROFILE,
  SNAT_PROOF_ANNOTATION,
} from '../../contracts/healing/names.ts';
import { EARLY_LIMITS, PATIENCE_LIMITS } from '../../contracts/healing/onboard-node.ts';
import { FINISHES, type Finish } from '../../domain/healing/early-finish.ts';
import { EVIDENCE_REQUIREMENTS } from '../../domain/healing/pod-evidence.ts';
import { isLabelKey, parseLabelSelector } from '../../domain/label-selector.ts';
import { FOREIGN_MARK_POLICIES } from '../../domain/node/mark.ts';
import { HealingEchoConfigSchema } from './healing-echo.ts';
import { HealingPodConfigSchema } from './healing-pod.ts';
import { RehealConfigSchema, RelapseConfigSchema, rehealOf, StormConfigSchema } from './healing-relapse.ts';
import { ConditionSchema, TaintConfigSchema } from './healing-taint.ts';
import { choice, duration, key, text, toggle, wholeNumber } from './keys.ts';

/** What each of them says is read by its name. */
const OWN_ANNOTATIONS: readonly string[] = [
  HEALING_SWITCH_ANNOTATION,
  SNAT_PROOF_ANNOTATION,
  relapsedAnnotation(SNAT_PROFILE),
  HINT_ANNOTATION,
];

const { windowMs, intervalMs, errorBudget, provenPodsMin, retryAfterMs } = HEALING_LIMITS;

export const HealingKeys = z.strictObject({
  window: duration({
    about: 'How long a node is cared for before it can count as healed',
    minMs: windowMs.min,
    maxMs: windowMs.max,
    fallback: '30m',
  }),
  interval: duration({
    about: 'From one attempt to the next',
    minMs: intervalMs.min,
    maxMs: intervalMs.max,
    fallback: '30s',
  }),
  errorBudget: wholeNumber({
    about: 'Rejected attempts in a row after which the heal stalls',
    ...errorBudget,
    fallback: 10,
  }),
  evidence: choice({
    about:
      'What a pod must show to count as proven: its own address to an echo, its sandbox with network ready, an IP of its own, or nothing',
    of: EVIDENCE_REQUIREMENTS,
    fallback: 'sandbox',
  }),
  provenPodsMin: wholeNumber({ about: 'Proven pods that a healed node needs', ...provenPodsMin, fallback: 3 }),
  finish: choice({
    about:
      'When a heal ends: with its window, or as soon as enough pods in a row have proven the effect, which needs the evidence source-address',
    of: FINISHES,
    fallback: 'window',
  }),
  proofsInARow: wholeNumber({
    about: 'Pods in a row that must be proven, with finish: proven instead of provenPodsMin',
    ...EARLY_LIMITS.proofsInARow,
    fallback: 2,
  }),
  proofsOver: duration({
    about: 'From the creation of the first of them to that of the last, at least',
    minMs: EARLY_LIMITS.proofsOverMs.min,
    maxMs: EARLY_LIMITS.proofsOverMs.max,
    fallback: '10s',
  }),
  intervalFirst: duration({
    about: 'With finish: proven the shortest pause between attempts; it grows to interval with the age of the window',
    minMs: EARLY_LIMITS.intervalFirstMs.min,
    maxMs: EARLY_LIMITS.intervalFirstMs.max,
    fallback: '5s',
  }),
  reheal: RehealConfigSchema.prefault({}),
  relapse: RelapseConfigSchema.prefault({}),
  storm: StormConfigSchema.prefault({}),
  patience: duration({
    about: 'How long a pod that asks an echo may take, the pull of its image included',
    minMs: PATIENCE_LIMITS.min,
    maxMs: PATIENCE_LIMITS.max,
    fallback: '2m',
  }),
  retryAfter: duration({
    about: 'After this long a stalled or unproven heal tries a new window',
    minMs: retryAfterMs.min,
    maxMs: retryAfterMs.max,
    fallback: '1h',
  }),
  annotation: text({
    about: 'Annotation that marks a healed node',
    allowed: `the key of an annotation (at most 63 letters, digits, '-', '_', '.', after an optional DNS prefix and a slash) other than ${OWN_ANNOTATIONS.join(', ')}`,
    fallback: DEFAULT_HEALED_ANNOTATION,
    matches: isHealedAnnotation,
  }),
  nodes: key(z.string().refine(isLabelSelector).default(''), {
    about:
      'Which Windows nodes are healed, by their labels; for example `agentpool notin (natoff)` where a pool has outbound NAT off',
    allowed: 'a label selector such as agentpool in (win1, win2) or example.com/snat!=off',
    fallback: 'all Windows nodes but virtual ones',
  }),
  virtualNodes: toggle({
    about:
      'Heal virtual nodes as well: those with the label `type=virtual-kubelet` or the taint `virtual-kubelet.io/provider`',
    fallback: false,
  }),
  foreignMark: choice({
    about:
      'What a mark counts that has no proof of ours for this node, machine and boot: believed as cops-vigilante does, or the node is healed again',
    of: FOREIGN_MARK_POLICIES,
    fallback: 'believe',
  }),
  attemptsPerSecond: key(z.number().positive().max(10_000).default(100), {
    about: 'Pod activities that the Temporal server hands out per second, over all workers of the cluster',
    allowed: 'a number above 0, at most 10000',
    fallback: '100',
  }),
  taint: TaintConfigSchema.optional(),
  condition: ConditionSchema,
  echo: HealingEchoConfigSchema.prefault({}),
  pod: HealingPodConfigSchema.prefault({}),
});

/** What is given in another unit, or follows from another key. */
interface Given {
  readonly finish: Finish;
  readonly reheal: z.output<typeof RehealConfigSchema>;
  readonly window: number;
  readonly interval: number;
  readonly patience: number;
  readonly proofsOver: number;
  readonly intervalFirst: number;
  readonly retryAfter: number;
}

export function inMilliseconds<T extends Given>(given: T) {
  const { window, interval, patience, retryAfter, proofsOver, intervalFirst, reheal, ...rest } = given;
  return {
    ...rest,
    reheal: rehealOf(reheal, given.finish),
    windowMs: window,
    intervalMs: interval,
    patienceMs: patience,
    retryAfterMs: retryAfter,
    proofsOverMs: proofsOver,
    intervalFirstMs: intervalFirst,
  };
}

export const HealingConfigSchema = HealingKeys.transform(inMilliseconds);

function isLabelSelector(value: string): boolean {
  return parseLabelSelector(value) !== null;
}

function isHealedAnnotation(value: string): boolean {
  return !OWN_ANNOTATIONS.includes(value) && isLabelKey(value);
}
