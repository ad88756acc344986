/** Check `skew`: whether the versions that run may meet, and whether there is a plan from them to the target. */

import { ACT_PHASES } from '../../maintenance/facts.ts';
import type { ObservedVersions } from '../observed.ts';
import type { PlanInput } from '../order.ts';
import { planUpgrade } from '../plan.ts';
import { skewProblems } from '../version-skew.ts';
import type { Finding } from './finding.ts';

export interface SkewQuestion extends Pick<PlanInput, 'target' | 'parts' | 'endpoint'> {
  readonly versions: ObservedVersions;
}

/** Whether an executor can do the phases of a plan is not asked here: the plan of the run says it. */
export function skewFindings({ versions, target, parts, endpoint }: SkewQuestion): readonly Finding[] {
  const unknown = versions.unknown.map((sentence): Finding => {
    const [object = '', ...rest] = sentence.split(': ');
    return { answer: 'unknown', object, detail: rest.join(': ') || 'its version is not known' };
  });
  const problems = skewProblems(versions.running, endpoint).map((sentence): Finding => {
    const [object = ''] = sentence.split(' is ');
    return { answer: 'block', object, detail: sentence.slice(object.length + 1) };
  });
  const found = [...problems, ...unknown];
  if (found.length > 0) return found;
  const plan = planUpgrade({ observed: versions.running, target, parts, endpoint, phasesOf: () => ACT_PHASES });
  return plan.kind === 'plan' ? [] : [{ answer: 'block', object: target.kubernetes, detail: plan.detail }];
}
