/** What the Temporal UI says of a heal from its start on. */

import { formatDuration } from '../../config/schema/keys.ts';
import type { HealNodeInput } from '../../contracts/healing/heal-node.ts';
import type { HealPlan } from '../../contracts/healing/heal-plan.ts';

const PROOF: Readonly<Record<HealPlan['policy']['evidence'], string>> = {
  none: 'every pod counts as a proof',
  'pod-ip': 'a pod counts as a proof when it got an IP that is not its host',
  sandbox: 'a pod counts as a proof when its sandbox with network was ready',
  'source-address': 'a pod counts as a proof when the network saw its own address',
};

/** The UI shows at most 200 bytes of a summary; a node name alone may have 253. */
const SUMMARY_BYTES_MAX = 200;
const ELLIPSIS_BYTES = 3;

export type HealTarget = Pick<HealNodeInput, 'cluster' | 'node'>;

export function summarizeHeal({ node, cluster }: HealTarget): string {
  const summary = `Heal Windows node ${node} of ${cluster}`;
  return summary.length <= SUMMARY_BYTES_MAX ? summary : `${summary.slice(0, SUMMARY_BYTES_MAX - ELLIPSIS_BYTES)}…`;
}

/** Markdown, on several lines. */
export function describeHeal({ node, cluster }: HealTarget, { policy }: HealPlan, annotation: string): string {
  return [
    `Cares for the Windows node **${node}** of the cluster **${cluster}** for ${formatDuration(policy.windowMs)}: every ${formatDuration(policy.intervalMs)} a small pod is placed on it, because Azure CNI applies its settings only when a pod is created.`,
    `The node is marked with the annotation \`${annotation}\` ${ending(policy)} (${PROOF[policy.evidence]}).`,
    ...watching(policy),
    'Signal `restartHealing` begins again; cancelling switches the healing of the node off.',
  ].join('\n\n');
}

function ending(policy: HealPlan['policy']): string {
  const early = 'early' in policy ? policy.early : undefined;
  if (early === undefined) return `when the time has passed and ${policy.provenPodsMin} pods proved it`;
  return `as soon as ${early.proofsInARow} pods in a row proved it`;
}

function watching(policy: HealPlan['policy']): readonly string[] {
  const relapse = 'early' in policy && 'relapse' in policy ? policy.relapse : undefined;
  if (relapse === undefined || relapse.watch === 'off') return [];
  const until = relapse.watch === 'always' ? 'without end' : 'until the time has passed';
  const taken = `${relapse.refutedInARow} pods in a row that have the address of the node take the mark back`;
  return [`After that it is watched ${until}, with a pod every ${formatDuration(relapse.intervalMs)}: ${taken}.`];
}
