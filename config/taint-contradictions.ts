/** What `healing.taint` and `healing.condition` accept alone, but not together with another key. */

import type { HealingProfile } from './policies/profiles.ts';

type Healing = HealingProfile['healing'];
type Toleration = Healing['pod']['tolerations'][number];

/** Taints of the Node Readiness Controller, which sets and removes them by a condition. */
const READINESS_TAINTS = 'readiness.k8s.io/';

/** Effects that keep a pod from a node; the third one, PreferNoSchedule, does not. */
const STOPPING_EFFECTS = ['NoSchedule', 'NoExecute'] as const;

/** @param at the part of the configuration, for messages */
export function taintContradictions({ taint, condition, evidence, pod }: Healing, at: string): string[] {
  if (taint === undefined) return [];
  const problems: string[] = [];
  if (evidence !== 'source-address') {
    problems.push(
      `${at}.taint.key: ${taint.key}: expected nothing, because ${at}.evidence is ${evidence}: a taint is removed on a proof of the effect, which only source-address gives`,
    );
  }
  if (condition !== undefined && taint.key.startsWith(READINESS_TAINTS)) {
    problems.push(
      `${at}.taint.key: ${taint.key}: expected another key, or no ${at}.condition (${condition}): the Node Readiness Controller removes this taint by the condition`,
    );
  }
  const missed = STOPPING_EFFECTS.filter(
    (effect) => !pod.tolerations.some((toleration) => tolerates(toleration, taint.key, effect)),
  );
  if (missed.length > 0) {
    problems.push(
      `${at}.pod.tolerations: expected one with key ${taint.key} and operator Exists, because the healing pods must get onto a node with ${at}.taint.key (missed: ${missed.join(', ')})`,
    );
  }
  return problems;
}

/**
 * Two profiles of one taint would each remove the other's, and two of one condition overwrite it: where one node may
 * belong to both, as it has one operating system.
 */
export function sharedTaintsAndConditions(profiles: readonly HealingProfile[]): string[] {
  return profiles.flatMap(({ name, os, healing }, index) => {
    const { taint, condition } = healing;
    const before = profiles.slice(0, index).filter((other) => other.os === os);
    const problems: string[] = [];
    const ofTaint = before.find((one) => taint !== undefined && one.healing.taint?.key === taint.key);
    if (ofTaint !== undefined) {
      problems.push(`profiles.${name}.taint.key: ${taint?.key}: expected another one than that of ${ofTaint.name}`);
    }
    const ofCondition = before.find((one) => condition !== undefined && one.healing.condition === condition);
    if (ofCondition !== undefined) {
      problems.push(`profiles.${name}.condition: ${condition}: expected another one than that of ${ofCondition.name}`);
    }
    return problems;
  });
}

/** Whatever the value of the taint: it is not configured. */
function tolerates(toleration: Toleration, key: string, effect: (typeof STOPPING_EFFECTS)[number]): boolean {
  const isOfKey = toleration.operator === 'Exists' && ['', key].includes(toleration.key ?? '');
  const isOfEffect = toleration.effect === undefined || toleration.effect === effect;
  // A pod with a time limit would be evicted in the middle of its attempt.
  return isOfKey && isOfEffect && toleration.tolerationSeconds === undefined;
}
