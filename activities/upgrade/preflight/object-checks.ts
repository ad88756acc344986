/** Checks of what would be in the way of drains, and of who else acts on nodes. */

import { TOOL_PODS } from '../../../domain/maintenance/other-tools.ts';
import { placeOf } from '../../../domain/maintenance/pods.ts';
import { budgetFindings } from '../../../domain/upgrade/preflight/budgets.ts';
import { capacityFindings } from '../../../domain/upgrade/preflight/capacity.ts';
import { type ToolPod, toolFindings } from '../../../domain/upgrade/preflight/others-at-work.ts';
import { webhookFindings } from '../../../domain/upgrade/preflight/webhooks.ts';
import { listBudgets } from '../../../kubernetes/upgrade/budgets.ts';
import { sumOf, type UpgradePod } from '../../../kubernetes/upgrade/pods.ts';
import type { PreflightDeps } from './deps.ts';
import type { Finder } from './found.ts';
import type { Look } from './look.ts';

export const budgets: Finder = async (deps, look) => {
  const inQuestion = new Set((await look.nodesInQuestion()).map(({ name }) => name));
  const pods = (await evicted(deps, look)).filter(({ node }) => inQuestion.has(node));
  const findings = budgetFindings(await listBudgets(deps.cluster), pods);
  return { findings, fine: `no budget is in the way of ${pods.length} pods` };
};

export const webhooks: Finder = async (_, { webhooks: list, nowMs }) => {
  const all = await list();
  return { findings: webhookFindings(all, nowMs), fine: `${all.length} webhooks that are needed have endpoints` };
};

export const othersAtWork: Finder = async ({ podsWith }, look) => {
  const nodes = await look.nodesInQuestion();
  const names = new Set(nodes.map(({ name }) => name));
  const pods: ToolPod[] = [];
  for (const { tool, selector } of TOOL_PODS) {
    for (const { pod, node } of await podsWith(selector)) if (names.has(node)) pods.push({ tool, pod, node });
  }
  return { findings: toolFindings(nodes, pods), fine: 'no other tool acts on the nodes' };
};

export const capacity: Finder = async (deps, look) => {
  const all = await look.pods();
  const going = Map.groupBy(await evicted(deps, look), ({ node }) => node);
  const byNode = Map.groupBy(all, ({ node }) => node);
  const rooms = (await look.nodes()).map(({ name, isOpen, allocatable }) => ({
    name,
    isOpen,
    allocatable,
    requested: sumOf((byNode.get(name) ?? []).map(({ requests }) => requests)),
    evicted: sumOf((going.get(name) ?? []).map(({ requests }) => requests)),
  }));
  return {
    findings: capacityFindings(rooms),
    fine: 'the pods of each node have room elsewhere, by the sums of their requests',
  };
};

async function evicted({ settings }: PreflightDeps, { pods, nowMs }: Look): Promise<readonly UpgradePod[]> {
  return (await pods()).filter((pod) => placeOf(pod, settings.drain, nowMs).kind === 'evict');
}
