/** Check `others-at-work`: other tools that would act on the same nodes (M44). */

import type { Labels } from '../../label-selector.ts';
import { toolsOnNode } from '../../maintenance/other-tools.ts';
import type { Finding } from './finding.ts';

export interface WorkedNode {
  readonly name: string;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly taints: readonly string[];
}

/** A pod of a tool that acts on the node that it runs on. */
export interface ToolPod {
  readonly tool: string;
  readonly pod: string;
  readonly node: string;
}

const PLAN_LABEL = 'plan.upgrade.cattle.io/';
const KARPENTER_POOL = 'karpenter.sh/nodepool';
const KARPENTER_TAINT = 'karpenter.sh/disrupted';

export function toolFindings(nodes: readonly WorkedNode[], pods: readonly ToolPod[]): readonly Finding[] {
  const ofPods = pods.map(
    ({ tool, pod, node }): Finding => ({ answer: 'block', object: pod, detail: `${tool} acts on ${node}` }),
  );
  return [...ofPods, ...nodes.flatMap(nodeFindings)];
}

function nodeFindings({ name, labels, annotations, taints }: WorkedNode): readonly Finding[] {
  const block = (detail: string): Finding => ({ answer: 'block', object: name, detail });
  const plans = Object.keys(labels).filter((key) => key.startsWith(PLAN_LABEL));
  const pool = labels[KARPENTER_POOL];
  return [
    ...toolsOnNode(annotations).map((tool) => block(`${tool} has a change for it`)),
    ...plans.map((key) => block(`system-upgrade-controller knows it by the plan ${key.slice(PLAN_LABEL.length)}`)),
    ...(taints.includes(KARPENTER_TAINT) ? [block('Karpenter is about to remove it')] : []),
    ...(pool === undefined
      ? []
      : [{ answer: 'warn', object: name, detail: `Karpenter may replace it (pool ${pool})` } as const]),
  ];
}
