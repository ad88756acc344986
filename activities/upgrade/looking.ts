/** Looks at a cluster that is to be upgraded: what runs, the plan of the rest of the way, and its proof. */

import { createHash } from 'node:crypto';
import type { LookAtUpgradeInput } from '../../contracts/upgrade/cluster-activities.ts';
import { matchesLabels } from '../../domain/label-selector.ts';
import { ACT_PHASES, type ActPhase } from '../../domain/maintenance/facts.ts';
import type { NodeRef } from '../../domain/node/identity.ts';
import type { LookAnswer } from '../../domain/upgrade/cluster-progress.ts';
import type { PlanInput, UpgradeStep } from '../../domain/upgrade/order.ts';
import { planUpgrade, proofProblem } from '../../domain/upgrade/plan.ts';
import type { GroupCount, PlannedStep } from '../../domain/upgrade/rules.ts';
import type { Running } from '../../domain/upgrade/version-skew.ts';
import type { UpgradeActivityDeps, UpgradeSettings } from './deps.ts';

interface SeenNode {
  readonly ref: NodeRef;
  /** Null where it belongs to no group, and is left alone. */
  readonly group: string | null;
}

type Nodes = ReadonlyMap<string, SeenNode>;

export async function lookAtUpgrade(deps: UpgradeActivityDeps, input: LookAtUpgradeInput): Promise<LookAnswer> {
  const { versions, parts, without } = input;
  const { settings } = deps;
  const { running, unknown, unjudged } = await deps.observe();
  deps.onVersions?.(running);
  if (unknown.length > 0) return { kind: 'unknown', reasons: unknown };
  const nodes = await seenNodes(deps);
  const planInput: PlanInput = {
    observed: running,
    target: { kubernetes: versions.kubernetes, etcd: versions.etcd },
    parts,
    endpoint: settings.endpoint,
    phasesOf: (node) => phasesOf(deps, nodes.get(node)),
  };
  const plan = planUpgrade(planInput, input.order === null ? undefined : [input.order]);
  if (plan.kind === 'refused') return { kind: 'refused', detail: plan.detail };
  const steps = plan.steps.filter(({ node }) => isTaken(nodes, node, without));
  // What is passed over stays as it is: the rest is proven without it.
  const problem = steps.length === plan.steps.length ? null : proofProblem(planInput, steps);
  if (problem !== null) return { kind: 'refused', detail: `without ${without.join(', ')}: ${problem}` };
  const servers = new Set(running.filter(isServer).map(({ node }) => node));
  return {
    kind: 'planned',
    order: plan.order,
    steps: steps.map((step) => planned(step, nodes, servers)),
    counts: countsOf(running, nodes, servers),
    rules: settings.rules,
    unjudged,
    digest: digestOf({ versions, parts, order: plan.order, policies: settings.policies }),
  };
}

/** What is approved: another digest is another plan (M6). The nodes are not part of it. */
function digestOf(approved: unknown): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(approved)).digest('hex')}`;
}

async function seenNodes({ nodes, settings }: UpgradeActivityDeps): Promise<Nodes> {
  const found = await nodes.list();
  return new Map(
    found.map(({ name, facts, labels }) => [
      name as string,
      { ref: { name, uid: facts.uid }, group: groupOf(settings, labels) },
    ]),
  );
}

function groupOf({ groups }: UpgradeSettings, labels: Parameters<typeof matchesLabels>[1]): string | null {
  return groups.find(({ requirements }) => matchesLabels(requirements, labels))?.name ?? null;
}

/** A node that is left alone stands in no plan's way by what its executor cannot do. */
function phasesOf(
  { settings, phasesOf: ofExecutor }: UpgradeActivityDeps,
  node: SeenNode | undefined,
): readonly ActPhase[] {
  if (node === undefined || node.group === null) return ACT_PHASES;
  const executor = settings.rules.executors.find(({ group }) => group === node.group)?.executor;
  return executor === undefined ? [] : (ofExecutor(executor) ?? []);
}

function isTaken(nodes: Nodes, name: string, without: readonly string[]): boolean {
  if (name === '') return true;
  const node = nodes.get(name);
  return node !== undefined && node.group !== null && !without.includes(name);
}

function planned(step: UpgradeStep, nodes: Nodes, servers: ReadonlySet<string>): PlannedStep {
  const seen = nodes.get(step.node);
  const versionOf = (component: Running['component']) =>
    step.changes.find((change) => change.component === component)?.version ?? null;
  return {
    phase: step.phase,
    node: seen?.ref ?? null,
    group: seen?.group ?? '',
    isWorker: seen !== undefined && !servers.has(step.node),
    kubelet: versionOf('kubelet'),
    apiServer: versionOf('kube-apiserver'),
    to: step.changes.find(({ component }) => component !== 'etcd')?.version ?? null,
  };
}

function countsOf(running: readonly Running[], nodes: Nodes, servers: ReadonlySet<string>): readonly GroupCount[] {
  const counts = new Map<string, number>();
  for (const { component, node } of running) {
    const group = component === 'kubelet' && !servers.has(node) ? nodes.get(node)?.group : null;
    if (typeof group === 'string') counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return [...counts].map(([group, workers]) => ({ group, workers }));
}

function isServer({ component }: Running): boolean {
  return component === 'kube-apiserver';
}
