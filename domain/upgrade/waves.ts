/** Which workers come next: a few of each group as canaries, then a growing part of each group, then whatever is left. */

import { budgetOf } from '../maintenance/budget.ts';
import type { GroupCount, PlannedStep, UpgradeRules } from './rules.ts';

/** 0: canaries; 1 to the number of waves; then the rest, which is also who joined meanwhile (M47). */
export type WaveStage = number;

export interface WaveScene {
  readonly stage: WaveStage;
  /** Steps of workers that are to be taken, in order. */
  readonly todo: readonly PlannedStep[];
  readonly counts: readonly GroupCount[];
  /** Groups of the workers that this run has taken and that are proven, one entry for each. */
  readonly doneGroups: readonly string[];
  readonly rules: Pick<UpgradeRules, 'canary' | 'waves'>;
}

export interface Wave {
  readonly stage: WaveStage;
  readonly steps: readonly PlannedStep[];
}

/** A wave of more nodes is taken in parts: results of all its nodes come to one run of the workflow. */
const WAVE_STEPS_MAX = 200;

/** The first stage from the given one on that has nodes to take. */
export function nextWave(scene: WaveScene): Wave {
  const last = scene.rules.waves.length + 1;
  for (let stage = scene.stage; stage < last; stage += 1) {
    const steps = groupsOf(scene.todo).flatMap((group) => ofGroup(scene, group, stage));
    if (steps.length > 0) return { stage, steps: steps.slice(0, WAVE_STEPS_MAX) };
  }
  return { stage: Math.max(last, scene.stage), steps: scene.todo.slice(0, WAVE_STEPS_MAX) };
}

/** How long must be proven free of alerts before a stage after the first begins. */
export function soakBefore(stage: WaveStage, { canary, waveSoakMs }: UpgradeRules, from: WaveStage): number {
  if (stage <= from) return 0;
  return from === 0 ? canary.soakMs : waveSoakMs;
}

function groupsOf(todo: readonly PlannedStep[]): readonly string[] {
  return [...new Set(todo.map(({ group }) => group))];
}

function ofGroup({ todo, counts, doneGroups, rules }: WaveScene, group: string, stage: WaveStage) {
  const left = todo.filter((step) => step.group === group);
  const wave = rules.waves[stage - 1];
  if (stage === 0 || wave === undefined) {
    const done = doneGroups.filter((one) => one === group).length;
    return left.slice(0, Math.max(0, rules.canary.perGroup - done));
  }
  const workers = counts.find((count) => count.group === group)?.workers ?? left.length;
  const reached = workers - left.length;
  return left.slice(0, Math.max(0, budgetOf(wave, workers) - reached));
}
