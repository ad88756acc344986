/**
 * The plan of an upgrade: its steps, and the proof that no state on the way breaks the version-skew policy (M1 to M3). A
 * plan is made of what was observed, so a run that was interrupted is planned anew.
 */

import { compareAge, minorOf, minorText, type Version } from '../maintenance/version.ts';
import {
  exchanged,
  ORDERS,
  oldestApiServer,
  orderedSteps,
  type PlanInput,
  type UpgradeOrder,
  type UpgradeStep,
} from './order.ts';
import { type ApiEndpoint, type Running, skewProblems } from './version-skew.ts';

export interface UpgradePlan {
  readonly kind: 'plan';
  readonly order: UpgradeOrder;
  /** Empty where everything is as it should be already. */
  readonly steps: readonly UpgradeStep[];
}

export interface PlanRefusal {
  readonly kind: 'refused';
  readonly because: 'no-api-server' | 'downgrade' | 'too-far' | 'skew' | 'phase' | 'order';
  readonly detail: string;
}

/**
 * The coarsest order that holds and that the executors can do.
 * @param orders a run that has begun keeps to its own
 */
export function planUpgrade(input: PlanInput, orders: readonly UpgradeOrder[] = ORDERS): UpgradePlan | PlanRefusal {
  const refusal = refusalOf(input);
  if (refusal !== null) return refusal;
  const refused: PlanRefusal[] = [];
  for (const order of orders) {
    const found = planIn(input, order);
    if (found.kind === 'plan') return found;
    refused.push(found);
  }
  // An executor that lacks a phase can be given it: that says more than an order which does not hold.
  const lacks = refused.find(({ because }) => because === 'phase');
  return lacks ?? refused.at(-1) ?? refuse('order', 'there is no order');
}

/** Each state that the cluster passes through, with the step that leads to it. */
export function* statesOf(
  observed: readonly Running[],
  steps: readonly UpgradeStep[],
): Generator<{ readonly step: UpgradeStep; readonly state: readonly Running[] }> {
  let state = observed;
  for (const step of steps) {
    for (const change of step.changes) {
      state = exchanged(state, change);
      yield { step, state };
    }
  }
}

export function planIn(input: PlanInput, order: UpgradeOrder): UpgradePlan | PlanRefusal {
  const steps = orderedSteps(input, order);
  const problem = proofProblem(input, steps);
  if (problem !== null) return refuse('order', `order ${order}, ${problem}`);
  const { phasesOf } = input;
  const lacking = steps.find(({ phase, node }) => phase !== 'kube-proxy' && !phasesOf(node).includes(phase));
  if (lacking === undefined) return { kind: 'plan', order, steps };
  const { phase, node } = lacking;
  return refuse('phase', `the order ${order} needs the phase ${phase}, which the executor of ${node} cannot do`);
}

/** The first state on the way that breaks the policy, in words; null where none does. */
export function proofProblem(
  { observed, endpoint }: Pick<PlanInput, 'observed' | 'endpoint'>,
  steps: readonly UpgradeStep[],
): string | null {
  for (const { step, state } of statesOf(observed, steps)) {
    const problem = skewProblems(state, endpoint)[0];
    if (problem !== undefined) return `step ${step.phase} ${step.node}: ${problem}`;
  }
  return null;
}

function refusalOf({ observed, target, endpoint }: PlanInput): PlanRefusal | null {
  const oldest = oldestApiServer(observed);
  if (oldest === undefined) return refuse('no-api-server', 'no API server was seen');
  const goalOf = ({ component, version }: Running) =>
    component === 'etcd' ? (target.etcd ?? version) : target.kubernetes;
  const newer = observed.find((running) => compareAge(running.version, goalOf(running)) > 0);
  if (newer !== undefined) {
    const { component, node, version } = newer;
    return refuse('downgrade', `${component} of ${node} is ${version}, newer than ${goalOf(newer)}`);
  }
  const etcd = observed.find((one) => one.component === 'etcd' && minorOf(goalOf(one)) - minorOf(one.version) > 1);
  if (etcd !== undefined)
    return refuse(
      'too-far',
      `etcd of ${etcd.node} is ${etcd.version}: one minor version at a time, not to ${target.etcd}`,
    );
  return hopRefusal(oldest, target.kubernetes) ?? skewRefusal(observed, endpoint);
}

function hopRefusal(from: Version, to: Version): PlanRefusal | null {
  const first = minorOf(from) + 1;
  const hops = minorOf(to) - minorOf(from);
  if (hops <= 1) return null;
  const runs = Array.from({ length: hops }, (_, index) => minorText(first + index)).join(', ');
  return refuse('too-far', `from ${from} to ${to} takes ${hops} runs, one to each of ${runs}`);
}

function skewRefusal(observed: readonly Running[], endpoint: ApiEndpoint): PlanRefusal | null {
  const problems = skewProblems(observed, endpoint);
  return problems.length === 0 ? null : refuse('skew', `before the run already: ${problems.join('; ')}`);
}

function refuse(because: PlanRefusal['because'], detail: string): PlanRefusal {
  return { kind: 'refused', because, detail };
}
