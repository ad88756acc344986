/** Shows the survey of a cluster as text. */

import type { CheckResult } from '../../domain/upgrade/check.ts';
import type { PlannedStep } from '../../domain/upgrade/rules.ts';
import type { Surveyed } from '../../temporal/upgrade/clusters.ts';

const OBJECTS_SHOWN_MAX = 10;

export function renderPlan(cluster: string, { result, plan }: Surveyed): string {
  const { outcome, detail } = result;
  const lines = [`${cluster}: ${outcome === 'blocked' ? 'blocked' : detail}`];
  if (outcome === 'blocked') lines.push(`  ${detail}`);
  if (plan.order !== null && plan.steps.length > 0) {
    lines.push(`  order ${plan.order}; no state on the way breaks the version-skew policy`, ...stepLines(plan.steps));
  }
  lines.push(...plan.unjudged.map((sentence) => `  not judged: ${sentence}`), ...result.preflight.map(checkLine));
  if (plan.planDigest !== '') lines.push(`  plan ${plan.planDigest}`);
  return `${lines.join('\n')}\n`;
}

/** Workers of a group that are taken one after another are one line. */
function stepLines(steps: readonly PlannedStep[]): readonly string[] {
  const lines: { key: string; text: string; count: number }[] = [];
  for (const step of steps) {
    const key = step.isWorker ? `${step.group} ${step.phase} ${step.to}` : '';
    const last = lines.at(-1);
    if (key !== '' && last?.key === key) last.count += 1;
    else lines.push({ key, text: stepText(step), count: 1 });
  }
  return lines.map(({ text, count }, index) => {
    const others = count === 1 ? '' : ` and ${count - 1} more of its group, in waves`;
    return `  ${String(index + 1).padStart(3)}. ${text}${others}`;
  });
}

function stepText({ phase, node, to }: PlannedStep): string {
  return `${phase} of ${node?.name ?? 'all nodes'}${to === null ? '' : ` to ${to}`}`;
}

function checkLine({ check, answer, detail, objects, accepted }: CheckResult): string {
  const more = objects.length > OBJECTS_SHOWN_MAX ? `, and ${objects.length - OBJECTS_SHOWN_MAX} more` : '';
  const found = objects.length === 0 ? '' : ` (${objects.slice(0, OBJECTS_SHOWN_MAX).join(', ')}${more})`;
  return `  check ${check}: ${answer}${detail === '' ? '' : `: ${detail}`}${found}${accepted === null ? '' : `; accepted: ${accepted.reason}`}`;
}
