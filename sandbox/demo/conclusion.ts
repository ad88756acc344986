/** The last lines of the demo: the evidence for each node, or why it is not healed. */

import { evidenceOf } from './heal-table.ts';
import type { HealView } from './heal-views.ts';

export function conclude(views: readonly HealView[]): {
  readonly lines: readonly string[];
  readonly allHealed: boolean;
} {
  const failed = views.filter(({ healed }) => !healed);
  const lines = views.map((view) => (view.healed ? healedLine(view) : failedLine(view)));
  const summary =
    failed.length === 0
      ? `all ${views.length} nodes are healed`
      : `not healed: ${failed.map(({ node }) => node).join(', ')} (${failed.length} of ${views.length})`;
  return { lines: [...lines, summary], allHealed: views.length > 0 && failed.length === 0 };
}

function healedLine(view: HealView): string {
  const { node, status } = view;
  if (status === null) return `${node}: healed`;
  const { attempts, podsProven, provenPodsMin, lastEvidence } = status;
  const proof = `${podsProven} pods proven in ${attempts} attempts (${provenPodsMin} needed)`;
  const newest = lastEvidence === null ? '' : `, newest: ${lastEvidence.podName} ${evidenceOf(view)}`;
  return `${node}: healed, ${proof}${newest}`;
}

function failedLine(view: HealView): string {
  const { node, status, problem } = view;
  if (status === null) return `${node}: NOT healed: ${problem ?? 'unknown'}`;
  const reason = status.lastError === null ? evidenceOf(view) : `${evidenceOf(view)}; last error: ${status.lastError}`;
  return `${node}: NOT healed: ${status.state} after ${status.attempts} attempts, ${status.podsProven} pods proven; ${reason}`;
}
